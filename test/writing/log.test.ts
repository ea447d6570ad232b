import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { openLog, readLog, writingFile } from '../../src/writing/log.ts';
import { textOf } from '../../src/writing/provenance.ts';
import type { Turn } from '../../src/writing/turn.ts';
import { nodeAt } from '../../src/writing/writing.ts';
import { begin, offer } from './pieces.ts';

const NOW = new Date('2026-01-02T03:04:05Z');
const TURNS: readonly Turn[] = [
  begin(),
  offer(0, ' is calm.', ' is grey — 海.'),
  { do: 'take', offer: 0, choice: 2 },
  { do: 'type', text: ' Why?' },
  { do: 'go', node: 1 },
];

function written(t: TestContext, turns = TURNS): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-writing-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'sea.jsonl');
  const log = openLog(file);
  for (const turn of turns) log.append(turn, NOW);
  log.close();
  return file;
}

test('a log that is read again is the same piece', (t) => {
  const { state, turns, bytesLost, changedAt } = readLog(written(t));

  assert.deepEqual(turns, TURNS);
  assert.deepEqual([bytesLost, changedAt], [0, undefined]);
  assert.equal(textOf(nodeAt(state!).segments), 'The sea is grey — 海.');
});

test('wherever a log is cut off, nothing is lost but the unfinished turn, and it can be continued', (t) => {
  const file = written(t);
  const whole = readFileSync(file);

  fc.assert(
    fc.property(fc.integer({ min: 0, max: whole.length }), (length) => {
      writeFileSync(file, whole.subarray(0, length));
      const kept = whole.subarray(0, length).filter((byte) => byte === 0x0a).length;

      const log = openLog(file);
      if (kept > 0) log.append({ do: 'type', text: ' Again.' }, NOW);
      log.close();
      const { turns, changedAt } = readLog(file);

      assert.deepEqual(turns, kept > 0 ? [...TURNS.slice(0, kept), { do: 'type', text: ' Again.' }] : []);
      assert.equal(changedAt, undefined);
    }),
  );
});

test('a line that was changed afterwards shows, and the piece can still be read', (t) => {
  const file = written(t);
  writeFileSync(file, readFileSync(file, 'utf8').replace('grey', 'blue'));

  const { state, changedAt } = readLog(file);

  assert.equal(changedAt, 3, 'the line after it names another one before');
  assert.match(textOf(nodeAt(state!).segments), /blue/);
});

test('a line that is no turn, or cannot follow, is named', (t) => {
  const file = written(t);
  appendFileSync(file, '{"at":\n');
  assert.throws(() => readLog(file), /sea\.jsonl:6: expected a turn as JSON/);

  const impossible = written(t, [begin(), { do: 'take', offer: 4, choice: 1 }]);
  assert.throws(() => readLog(impossible), /sea\.jsonl:2: expected a continuation that was offered/);

  const odd = written(t, [begin(), { do: 'fly' } as unknown as Turn]);
  assert.throws(() => readLog(odd), /sea\.jsonl:2: expected a turn, found something odd in turn\.do/);
});

test('one process at a time writes a piece', (t) => {
  const file = written(t);
  const log = openLog(file);

  assert.throws(() => openLog(file), new RegExp(`is being written by process ${process.pid}`));

  log.close();
  openLog(file).close();
});

test('a name cannot lead out of the folder', () => {
  assert.match(writingFile('/home', 'ada', 'Über_das-Meer'), /data.writings.ada.Über_das-Meer\.jsonl$/);
  for (const name of ['../x', 'a/b', '.x', '', 'a b'])
    assert.throws(() => writingFile('/home', 'ada', name), /expected a name of letters/);
});
