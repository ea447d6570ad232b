/** Near duplicates among many short posts: time and memory. `node bench/near-duplicates.ts [POSTS]` */
import { NEAR_DUPLICATE, nearDuplicates } from '../src/corpus/near-duplicates.ts';
import { type Random, randomFrom } from '../src/random.ts';
import { row } from './example-home.ts';

const posts = shortPosts(Number(process.argv[2] ?? 1_000_000), randomFrom(1));
const usage = process.cpuUsage();
const started = performance.now();
const found = nearDuplicates(posts).filter((original) => original !== -1).length;
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(usage);

row('posts', 'characters', `found at ${NEAR_DUPLICATE}`, 'seconds', 'CPU seconds', 'peak resident', 'bound');
row('---', '---', '---', '---', '---', '---', '---');
row(
  posts.length.toLocaleString('en'),
  Math.round(posts.reduce((sum, { length }) => sum + length, 0) / posts.length),
  found.toLocaleString('en'),
  seconds.toFixed(0),
  ((user + system) / 1e6).toFixed(0),
  `${Math.round(process.resourceUsage().maxRSS / 1000)} MB`,
  '120 s, 1500 MB',
);

/** Of 8 to 27 words, as unevenly frequent as words are; one in twenty is an earlier one with a word changed. */
function shortPosts(count: number, random: Random): string[] {
  const letters = 'etaoinshrdlucmfwypvbgkjqxz';
  const word = () =>
    Array.from({ length: 2 + Math.floor(random() * 8) }, () => letters[Math.floor(26 * random() ** 2)]).join('');
  const words = Array.from({ length: 20_000 }, word);
  const result: string[] = [];
  for (let index = 0; index < count; index++) {
    const earlier = index % 20 === 7 ? result[index - 11]?.split(' ') : undefined;
    if (earlier) earlier[3] = 'zz';
    const fresh = () =>
      Array.from({ length: 8 + Math.floor(random() * 20) }, () => words[Math.floor(words.length * random() ** 3)]!);
    result.push((earlier ?? fresh()).join(' '));
  }
  return result;
}
