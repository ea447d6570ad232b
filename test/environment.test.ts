import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import {
  currentSecret,
  environmentIn,
  home,
  hubEndpoint,
  keepSecret,
  loadEnvironment,
  secret,
  withdrawSecrets,
} from '../src/environment.ts';
import { UserError } from '../src/errors.ts';

function homeWith(environment: string | Uint8Array): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-environment-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(path.join(folder, '.env'), environment);
  return folder;
}

test('secrets are read from .env, with comments, quotes and values over several lines', () => {
  const folder = homeWith(
    '# a comment\n\nTEST_PLAIN=one\nexport TEST_QUOTED="two # words"\nTEST_LONG="first\nsecond"\nTEST_EMPTY=\n',
  );

  loadEnvironment(folder);

  assert.deepEqual(['TEST_PLAIN', 'TEST_QUOTED', 'TEST_LONG', 'TEST_EMPTY'].map(secret), [
    'one',
    'two # words',
    'first\nsecond',
    '',
  ]);
});

test('a credential that changes in .env is taken up while the program runs; one that the shell set is kept', () => {
  const folder = homeWith('TEST_TOKEN=old\nTEST_OF_SHELL=file\n');
  process.env.TEST_OF_SHELL = 'shell';
  loadEnvironment(folder);

  writeFileSync(path.join(folder, '.env'), 'TEST_TOKEN=new\nTEST_OF_SHELL=file\nTEST_LATER=added\n');

  assert.deepEqual(
    ['TEST_TOKEN', 'TEST_OF_SHELL', 'TEST_LATER', 'TEST_NEVER'].map((name) => currentSecret(folder, name)),
    ['new', 'shell', 'added', undefined],
  );
});

test('a home without .env is fine', () => {
  loadEnvironment(path.join(tmpdir(), 'eidolon-no-such-home'));
});

test('a stray line in .env is refused with its place, and never quoted: it may be a secret', () => {
  const folder = homeWith('TEST_FINE=1\ns3cr3t-token\n');

  assert.throws(
    () => loadEnvironment(folder),
    (error: unknown) =>
      error instanceof UserError &&
      error.message.startsWith(`${path.join(folder, '.env')}:2:1: expected NAME=value`) &&
      !`${error.message}${error.hint}`.includes('s3cr3t'),
  );
});

test('an .env that is not text is refused', () => {
  assert.throws(() => loadEnvironment(homeWith(Uint8Array.of(0xff, 0xfe, 0x00))), /expected a readable text file/);
});

test('a home that is not there is refused, and not made', () => {
  const before = process.env.EIDOLON_HOME;
  process.env.EIDOLON_HOME = path.join(tmpdir(), 'eidolon-no-such-home');
  try {
    assert.throws(home, /EIDOLON_HOME: expected a folder/);
  } finally {
    if (before === undefined) delete process.env.EIDOLON_HOME;
    else process.env.EIDOLON_HOME = before;
  }
});

test('models are pulled from huggingface.co, or from the hub that HF_ENDPOINT names', (t) => {
  const before = process.env.HF_ENDPOINT;
  t.after(() => {
    if (before === undefined) delete process.env.HF_ENDPOINT;
    else process.env.HF_ENDPOINT = before;
  });
  const endpointFor = (value: string) => {
    process.env.HF_ENDPOINT = value;
    return hubEndpoint();
  };

  assert.equal(endpointFor(''), 'https://huggingface.co');
  assert.equal(endpointFor('https://mirror.example/hf/'), 'https://mirror.example/hf');
  for (const wrong of [
    'mirror.example',
    'ftp://mirror.example',
    'https://a:b@mirror.example',
    'https://m.example/?x',
  ]) {
    assert.throws(() => endpointFor(wrong), {
      name: 'UserError',
      message: /^HF_ENDPOINT: expected the address of a hub/,
    });
  }
});

test('what the file says stays out of the process’s own environment, and secrets of the shell are taken out of it', () => {
  const folder = homeWith('TEST_OF_FILE=planted-in-file\n');
  process.env.TEST_WITHDRAWN = 'planted-in-shell';
  loadEnvironment(folder);

  withdrawSecrets(['TEST_WITHDRAWN', 'TEST_NOT_THERE']);

  assert.deepEqual(['TEST_OF_FILE', 'TEST_WITHDRAWN'].map(secret), ['planted-in-file', 'planted-in-shell']);
  assert.equal(currentSecret(folder, 'TEST_WITHDRAWN'), 'planted-in-shell');
  assert.ok(!JSON.stringify(environmentIn(folder)).includes('planted')); // of a child process
});

test('a secret that is kept takes the place of one that was withdrawn', () => {
  const folder = homeWith('');
  process.env.TEST_RENEWED = 'old';
  withdrawSecrets(['TEST_RENEWED']);

  keepSecret(folder, 'TEST_RENEWED', 'new');

  assert.deepEqual([secret('TEST_RENEWED'), currentSecret(folder, 'TEST_RENEWED')], ['new', 'new']);
});

test('secrets are not read where Node was told to write all its memory into a file', () => {
  const { NODE_OPTIONS: before } = process.env;
  process.env.NODE_OPTIONS = `${before ?? ''} --heapsnapshot-signal=SIGUSR2`;
  try {
    assert.throws(() => loadEnvironment(homeWith('')), /--heapsnapshot-signal: a heap snapshot would write/);
  } finally {
    if (before === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = before;
  }
});
