/** How long it takes from `npm start` to the first draft in the queue, on the starter model. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { exampleHome, median, ROOT, row } from './example-home.ts';

const RUNS = 3;

async function secondsToFirstDraft(): Promise<number> {
  using home = exampleHome();
  const start = performance.now();
  const daemon = spawn('npm', ['start'], {
    cwd: ROOT,
    env: { ...process.env, EIDOLON_HOME: home.folder },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true, // a group of its own, so that the signal reaches what npm starts
  });
  const ended = once(daemon, 'exit');
  try {
    for await (const line of createInterface(daemon.stderr)) {
      if (line.includes('A draft waits for your review')) return (performance.now() - start) / 1000;
    }
    throw new Error('The daemon ended before its first draft');
  } finally {
    process.kill(-daemon.pid!, 'SIGTERM');
    await ended;
  }
}

const seconds: number[] = [];
for (let run = 0; run < RUNS; run++) seconds.push(await secondsToFirstDraft());

row('', 'median', `of ${RUNS} runs`, 'bound');
row('---', '---', '---', '---');
row(
  '`npm start` to the first draft',
  `${median(seconds).toFixed(1)} s`,
  seconds.map((value) => value.toFixed(1)).join(', '),
  'at most 15 s',
);
