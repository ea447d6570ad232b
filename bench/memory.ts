/** What a daemon with ten personas on the starter model holds of the memory, while it writes and after (Linux: /proc). */
import { setTimeout as wait } from 'node:timers/promises';
import { runDaemon } from '../test/daemon/running-daemon.ts';
import { exampleHome, row } from './example-home.ts';
import { residentMegabytes } from './resident-megabytes.ts';

const PERSONAS = Array.from({ length: 10 }, (_, index) => `persona-${index + 1}`);
const DRAFTS = 3 * PERSONAS.length; // queue.ahead of the example
const SAMPLE_MS = 100;
const IDLE_MS = 10_000;

using home = exampleHome(PERSONAS);
await using daemon = runDaemon(home.folder);
const samples: number[] = [];
const queued = () => daemon.lines.filter(({ msg }) => msg === 'A draft waits for your review').length;
while (queued() < DRAFTS) {
  if (daemon.process.exitCode !== null) throw new Error('The daemon ended');
  samples.push(residentMegabytes(daemon.process.pid!));
  await wait(SAMPLE_MS);
}
await wait(IDLE_MS);

const peak = Math.max(...samples);
const after = residentMegabytes(daemon.process.pid!);
await daemon.end('SIGTERM');
row('', 'resident', 'bound');
row('---', '---', '---');
row(
  `ten personas, while ${DRAFTS} drafts are written (peak of ${samples.length} samples)`,
  `${peak.toFixed(0)} MB`,
  'at most 400 MB',
);
row(`ten personas, ${IDLE_MS / 1000} s after`, `${after.toFixed(0)} MB`, 'at most 400 MB');
