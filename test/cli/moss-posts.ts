/** Four posts as somebody's archive has them: two near to each other, a short one, and one with an address. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';

export const MOSS = 'The moss on the northern wall has outlived three gardeners and one very determined goat.';

const POSTS = [
  { id: '1', text: MOSS, date: '2023-01-02T03:04:05Z' },
  { id: '2', text: MOSS.replace('three', 'four'), date: '2023-02-02T03:04:05Z' },
  { id: '3', text: 'lol ok', date: '2023-03-02T03:04:05Z' },
  { id: '4', text: 'Write to me at mira@moss.example about the rain.', date: '2023-04-02T03:04:05Z' },
];

/** Returns the path of the file. */
export function writeMossPosts(folder: string): string {
  const archive = path.join(folder, 'posts.jsonl');
  writeFileSync(archive, POSTS.map((post) => `${JSON.stringify(post)}\n`).join(''));
  return archive;
}
