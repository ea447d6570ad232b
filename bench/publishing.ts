/**
 * Publishes thousands of drafts to servers that misbehave, by a process that is killed again and again, and counts what is
 * there: `node bench/publishing.ts [DRAFTS] [PERSONAS] [SEED]`. All of it on loopback; hours of waiting go by on a clock of its own.
 */
import { randomFrom } from '../src/random.ts';
import { liveThrough, POST_FAULTS, READ_FAULTS } from '../test/publishing/soak/faulty-world.ts';
import { row } from './example-home.ts';

const [drafts = 10_000, personas = 50, seed = 1] = process.argv.slice(2).map(Number);
/** Shares of requests that go wrong. */
const POSTS = 0.25;
const READS = 0.05;
/** Of posts during which the process is killed, half of them after the server did its work; and how long others live at most. */
const KILLED = 0.004;
const LIFE_MS = 60_000;

const random = randomFrom(seed);
const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)];
const draftsEach = Math.ceil(drafts / personas);

const ending = await liveThrough({
  personas,
  draftsEach,
  random,
  killAfterMs: () => random() * LIFE_MS,
  whim({ network, isPost }) {
    if (isPost && random() < KILLED) return pick(['killed before', 'killed after']);
    if (random() >= (isPost ? POSTS : READS)) return undefined;
    const faults: readonly string[] = isPost ? POST_FAULTS[network] : READ_FAULTS[network];
    // Each costs what a silent server is waited for.
    const chosen = pick(faults)!;
    return /silence|late$|never/.test(chosen) && random() < 0.8 ? pick(faults) : chosen;
  },
});

const { published, threads, held, heldAndThere, duplicates, lost, requests, faults, kills, simulatedMs, seconds } =
  ending;
row(
  'drafts',
  'threads',
  'personas',
  'requests',
  'faults',
  'kill -9',
  'posted once',
  'held',
  'duplicates',
  'lost',
  'days',
  'minutes',
);
row('---', '---', '---', '---', '---', '---', '---', '---', '---', '---', '---', '---');
row(
  ending.drafts,
  threads,
  personas,
  requests,
  faults,
  kills,
  published,
  `${held} (${heldAndThere} there)`,
  duplicates.length,
  lost.length,
  (simulatedMs / 86_400_000).toFixed(1),
  (seconds / 60).toFixed(1),
);
for (const what of [...duplicates, ...lost].slice(0, 20)) console.error(what);
if (duplicates.length + lost.length > 0) process.exitCode = 1;
