import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { toyHome } from '../daemon/toy-home.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');
const home = toyHome('ada');
const timeline = (...argv: readonly string[]) =>
  spawnSync(process.execPath, [BIN, 'timeline', ...argv], {
    encoding: 'utf8',
    env: { ...process.env, EIDOLON_HOME: home },
  });

test('its owner says something there, and answers it', () => {
  const said = JSON.parse(timeline('--say', '@ada What is hope?', '--as', 'bob', '--json').stdout);
  const answer = timeline('--say', 'And fear?', '--as', 'bob', '--reply-to', said.url);

  assert.deepEqual(
    [said.persona, said.text, said.url, said.inReplyTo],
    ['bob', '@ada What is hope?', 'local:bob/1', null],
  );
  assert.match(answer.stdout, /bob .* local:bob\/2\n {2}in reply to local:bob\/1\n {2}And fear\?/);
});

test('what makes no sense is refused in a line', () => {
  assert.match(timeline('--say', 'Hello', '--as', 'ada').stderr, /ada is a persona: it speaks for itself/);
  assert.match(
    timeline('--say', 'Hi', '--as', 'bob', '--reply-to', 'local:ada/99').stderr,
    /URL of a post to reply to/,
  );
  for (const argv of [
    ['--say', 'Hello'],
    ['--as', 'bob'],
    ['--say', '  ', '--as', 'bob'],
    ['--say', 'Hello', '--as', '../bob'],
    ['ada', '--say', 'Hello', '--as', 'bob'],
  ]) {
    assert.equal(timeline(...argv).status, 2, argv.join(' '));
  }
});
