import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { addSample, finishRun, newestRun, openRun, readSamples } from '../../../src/training/run/run-folder.ts';

const home = mkdtempSync(path.join(tmpdir(), 'runs-'));
after(() => rmSync(home, { recursive: true }));
const plan = (fingerprint: string, started = '2026-01-02T03:04:05.000Z') => ({ fingerprint, started });

test('the same plan goes on in its unfinished run, another plan has a run of its own, a finished one is not gone on with', () => {
  const runs = path.join(home, 'ada');

  const first = openRun(runs, plan('a'));
  const again = openRun(runs, plan('a', '2026-01-03T00:00:00.000Z'));
  const other = openRun(runs, plan('b'));
  finishRun(first.folder, { ...plan('a'), bits: 2 });
  const anew = openRun(runs, plan('a'));

  assert.deepEqual(
    [first.id, again.id, other.id, anew.id],
    ['2026-01-02-1', '2026-01-02-1', '2026-01-02-2', '2026-01-02-3'],
  );
  assert.deepEqual([first.isResumed, again.isResumed, anew.isResumed], [false, true, false]);
  assert.equal(again.plan.started, '2026-01-02T03:04:05.000Z');
});

test('the newest finished run is found, also of one plan, and after nine others on a day', () => {
  const runs = path.join(home, 'bea');
  for (let number = 1; number <= 11; number++) {
    const { folder } = openRun(runs, plan(number % 2 ? 'odd' : 'even'));
    if (number !== 11) finishRun(folder, { ...plan(number % 2 ? 'odd' : 'even'), number });
  }

  assert.equal(newestRun<{ number: number } & ReturnType<typeof plan>>(runs)?.number, 10);
  assert.equal(newestRun<{ number: number } & ReturnType<typeof plan>>(runs, 'odd')?.number, 9);
  assert.equal(newestRun(runs, 'none'), undefined);
  assert.equal(newestRun(path.join(home, 'nobody')), undefined);
});

test('a finished run loses its checkpoints and nothing else; a sample that a kill cut short is left out', () => {
  const { folder } = openRun(path.join(home, 'cyn'), plan('c'));
  for (const name of ['latest', 'best', 'kept']) mkdirSync(path.join(folder, name));
  const sample = { step: 1, prompt: 'A', text: 'A B' };
  addSample(folder, sample);
  appendFileSync(path.join(folder, 'samples.jsonl'), '{ "step": 2, "te');

  finishRun(folder, plan('c'));

  assert.deepEqual(
    ['latest', 'best', 'kept'].map((name) => existsSync(path.join(folder, name))),
    [false, false, true],
  );
  assert.deepEqual(readSamples(folder), [sample]);
});
