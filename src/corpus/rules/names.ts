/** Replaces names, whole words in any case, the longest first, with `instead`: `MIRA's here` → `…'s here`. */
export function nameReplacer(names: readonly string[], instead: string): (text: string) => string {
  const parts = [...new Set(names.map((name) => name.normalize('NFC').trim()).filter((name) => name !== ''))]
    .sort((a, b) => b.length - a.length)
    .map((name) => name.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&').replace(/\s+/g, '\\s{1,3}'));
  if (parts.length === 0) return (text) => text;
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${parts.join('|')})(?![\\p{L}\\p{N}])`, 'giu');
  return (text) => text.replace(pattern, instead);
}
