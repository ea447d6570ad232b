import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { exactDuplicates } from '../../src/corpus/exact-duplicates.ts';
import { NEAR_DUPLICATE, nearDuplicates, shinglesOf, similarity } from '../../src/corpus/near-duplicates.ts';
import { withoutRepeatedLines } from '../../src/corpus/repeated-lines.ts';
import { randomFrom } from '../../src/random.ts';

const POST =
  'The moss on the northern wall has outlived three gardeners, two wars and one very determined goat, which nobody now mentions.';

test('a post with one word changed is a near duplicate of the first one; another post is not', () => {
  const texts = [POST, 'A wholly different thing was said about the rain.', POST.replace('three', 'four'), `${POST}!!`];

  assert.deepEqual([...nearDuplicates(texts)], [-1, -1, 0, 0]);
});

test('with several words changed it is a text of its own', () => {
  const changed = POST.replace('northern', 'sunny').replace('gardeners', 'poets').replace('mentions', 'remembers');

  assert.ok(similarity(shinglesOf(POST), shinglesOf(changed)) < NEAR_DUPLICATE);
  assert.deepEqual([...nearDuplicates([POST, changed])], [-1, -1]);
});

test('texts shorter than a shingle, empty and odd ones stand for themselves', () => {
  assert.deepEqual([...nearDuplicates(['', 'ab', 'ab!', 'cd', '😀', ''])], [-1, -1, 1, -1, 0, 0]);
  assert.deepEqual([...nearDuplicates([])], []);
});

/** Texts of words from a small vocabulary, some of them others with a word changed. */
function somePosts(count: number, seed: number): string[] {
  const random = randomFrom(seed);
  const word = () => (Math.floor(random() * 3000) + 46_656).toString(36);
  const posts: string[] = [];
  for (let index = 0; index < count; index++) {
    const words =
      index > 20 && random() < 0.2
        ? posts[Math.floor(random() * index)]!.split(' ')
        : Array.from({ length: 15 + Math.floor(random() * 30) }, word);
    words[Math.floor(random() * words.length)] = word();
    posts.push(words.join(' '));
  }
  return posts;
}

test('every text within the threshold of one that stands is found, and nothing else', () => {
  for (const seed of [1, 2, 3]) {
    const posts = somePosts(400, seed);
    const shingles = posts.map(shinglesOf);

    const originals = nearDuplicates(posts);

    let missed = 0;
    for (const [index, original] of originals.entries()) {
      if (original !== -1) {
        assert.equal(originals[original], -1, 'the original stands');
        assert.ok(similarity(shingles[index]!, shingles[original]!) >= NEAR_DUPLICATE);
        continue;
      }
      for (let other = 0; other < index; other++) {
        if (originals[other] === -1 && similarity(shingles[index]!, shingles[other]!) >= NEAR_DUPLICATE) missed++;
      }
    }
    assert.ok(missed <= 1, `${missed} missed of ${originals.filter((original) => original !== -1).length}`);
  }
});

test('ten thousand texts of one template do not take the time of all their pairs', () => {
  const texts = Array.from(
    { length: 10_000 },
    (_, n) => `I am number ${(n * 7919).toString(36)} in the queue at ${n} for moss`,
  );
  const started = process.cpuUsage();

  nearDuplicates(texts);

  assert.ok(process.cpuUsage(started).user < 10_000_000);
});

test('similarity is the share of shingles in common', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(50)), fc.uniqueArray(fc.nat(50)), (a, b) => {
      const sorted = (values: number[]) => Int32Array.from(values).sort();
      const union = new Set([...a, ...b]).size;
      const shared = a.filter((value) => b.includes(value)).length;

      assert.equal(similarity(sorted(a), sorted(b)), union === 0 ? Number.NaN : shared / union);
    }),
  );
});

test('the same words are the same text, whatever their case and signs; the first one stands', () => {
  assert.deepEqual([...exactDuplicates(['Moss, again!', 'Rain', 'moss  AGAIN', 'Moss a gain'])], [-1, -1, 0, -1]);
});

test('a last line that many texts share is a signature; in few texts it is theirs', () => {
  const signed = Array.from({ length: 6 }, (_, n) => `Post ${n}\nabout moss.\n\nMira’s blog\nAll about the moss`);
  const own = Array.from({ length: 4 }, (_, n) => `Verse ${n}\nAnd the rain it raineth every day`);
  const plain = 'All about the moss';

  const texts = withoutRepeatedLines([...signed, ...own, plain]);

  assert.equal(texts[0], 'Post 0\nabout moss.\n\nMira’s blog');
  assert.deepEqual(texts.slice(6), [...own, plain]);
});
