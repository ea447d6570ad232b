import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { UserError } from '../src/errors.ts';
import { createLog } from '../src/log.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-log-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('the log file gets one JSON object a line, with the time in UTC, and is readable by its owner alone', () => {
  const file = path.join(folder, 'logs', 'eidolon.log');
  const log = createLog({ level: 'warn', json: true, file });

  log.warn({ persona: 'ada' }, 'Publishing: postponed');
  log.info('too detailed for this level');

  const [line, ...rest] = readFileSync(file, 'utf8').trimEnd().split('\n');
  const { time, ...fields } = JSON.parse(line!);
  assert.deepEqual(fields, { level: 40, persona: 'ada', msg: 'Publishing: postponed' });
  assert.match(time, /^\d{4}-.*Z$/);
  assert.deepEqual(rest, []);
  if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o077, 0);
});

test('a log that cannot be written is told as something to mend', () => {
  const file = path.join(folder, 'file');
  writeFileSync(file, '');

  assert.throws(() => createLog({ file: path.join(file, 'eidolon.log') }), UserError);
});
