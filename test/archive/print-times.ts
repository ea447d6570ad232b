/** Prints when each post of every fixture and sample was, as JSON: the same wherever the machine stands. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { FORMATS } from '../../src/archive/formats.ts';
import { fixtureFiles, inMemory, readAll } from './in-memory-export.ts';
import { archiveOf, SAMPLES } from './samples.ts';

const fixtures = readdirSync(path.join(import.meta.dirname, 'fixtures')).map((name) => ({
  name: `fixture ${name}`,
  archive: inMemory(fixtureFiles(name), name),
  formats: FORMATS,
}));
const samples = SAMPLES.flatMap(({ samples }) => samples).map((sample) => ({
  name: `sample ${sample.title}`,
  archive: archiveOf(sample),
  formats: [sample.format],
}));

const times: Record<string, Record<string, string | null>> = {};
for (const { name, archive, formats } of [...fixtures, ...samples]) {
  for (const format of formats) {
    if (!(await format.detect(archive))) continue;
    const { posts } = await readAll(format, archive, ['mira']);
    times[`${name}, ${format.name}`] = Object.fromEntries(posts.map(({ id, time }) => [id, time]));
  }
}
// January and July, so that it is seen whether the zone was taken at all.
const offsets = [0, 6].map((month) => new Date(2020, month).getTimezoneOffset());
console.log(JSON.stringify({ offsets, times }));
