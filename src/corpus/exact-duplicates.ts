/** For each text the index of the first one with the same words, whatever case, spaces and signs; -1 for the first. */
export function exactDuplicates(texts: readonly string[]): Int32Array {
  const originals = new Int32Array(texts.length).fill(-1);
  const firsts = new Map<number, number>();
  for (const [index, text] of texts.entries()) {
    const words = wordsOf(text);
    const key = hashOf(words);
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, index);
    else if (wordsOf(texts[first]!) === words) originals[index] = first;
  }
  return originals;
}

function wordsOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
}

/** 52 bits, as an integer that a map keeps cheaply: a million texts collide once in ten thousand corpora, and are then compared. */
function hashOf(words: string): number {
  let low = 0x811c9dc5;
  let high = 0x1b873593;
  for (let at = 0; at < words.length; at++) {
    const unit = words.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x5bd1e995);
    high ^= high >>> 15;
  }
  return (low >>> 0) * 2 ** 20 + (high >>> 12);
}
