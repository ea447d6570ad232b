/** How long `eidolon --help` takes beside `node -e 0`, the two in turn, so that a busy machine slows both. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { median, ROOT, row } from './example-home.ts';

const RUNS = 15;
const BIN = path.join(ROOT, 'bin', 'eidolon.js');

function timeOf(...argv: readonly string[]): number {
  const start = performance.now();
  const { status } = spawnSync(process.execPath, argv, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`node ${argv.join(' ')} ended with ${status}`);
  return performance.now() - start; // ms
}

timeOf(BIN, '--help'); // fills the compile cache, as the first run of an installation does
const empty: number[] = [];
const help: number[] = [];
for (let run = 0; run < RUNS; run++) {
  empty.push(timeOf('-e', '0'));
  help.push(timeOf(BIN, '--help'));
}

const ms = (values: readonly number[]) => `${median(values).toFixed(0)} ms`;
row('', 'median', `of ${RUNS} runs`, 'bound');
row('---', '---', '---', '---');
row('`node -e 0`', ms(empty), '', '');
row('`eidolon --help`', ms(help), `${(median(help) / median(empty)).toFixed(1)} times`, 'at most 3 times');
