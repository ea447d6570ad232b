import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { COMMIT, type FakeHub, send, startHub } from '../model/hub/fake-hub.ts';
import { writeRandomModel } from '../model/random-model.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');
const GPT2 = 'openai-community/gpt2';

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-home-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function filesOf(folder: string): Record<string, Buffer> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name))]));
}

function start(home: string, hub: Pick<FakeHub, 'endpoint'>, argv: readonly string[], env: object = {}) {
  return spawn(process.execPath, [BIN, 'model', ...argv], {
    cwd: home,
    env: { ...process.env, HF_TOKEN: '', EIDOLON_HOME: home, HF_ENDPOINT: hub.endpoint, ...env },
  });
}

async function eidolon(...started: Parameters<typeof start>) {
  const child = start(...started);
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status, stdout, stderr };
}

async function homeAndHub(t: TestContext) {
  const model = filesOf(writeRandomModel(temporaryFolder(t), { n_embd: 64 }));
  const hub = await startHub(t, { [GPT2]: { card: { license: 'mit' }, files: model } });
  return { home: temporaryFolder(t), hub, weights: model['model.safetensors']! };
}

test('eidolon model pull gpt2 makes a model that eidolon model list shows; again there is nothing to do', async (t) => {
  const { home, hub } = await homeAndHub(t);

  const pulled = await eidolon(home, hub, ['pull', 'gpt2']);
  const listed = await eidolon(home, hub, ['list']);
  const again = await eidolon(home, hub, ['pull', 'gpt2', '--json']);

  assert.deepEqual([pulled.status, pulled.stderr], [0, '']);
  assert.equal(pulled.stdout, `models/gpt2 is ${GPT2} at 607a30d, 0.5 MB, licence mit\n`);
  assert.match(listed.stdout, /^gpt2 +0\.\d M/m);
  assert.equal(again.status, 0);
  const { model, commit, licence, isNew } = JSON.parse(again.stdout);
  assert.deepEqual([model, commit, licence, isNew], ['gpt2', COMMIT, 'mit', false]);
});

test('killed in the middle of the weights, the same command goes on from the byte it has', async (t) => {
  const { home, hub, weights } = await homeAndHub(t);
  const half = Math.floor(weights.length / 2);
  hub.serve = (response, content) => {
    if (content.length !== weights.length) return false;
    response.write(content.subarray(0, half));
    return true;
  };
  const killed = start(home, hub, ['pull', 'gpt2', '--as', 'mine']);
  const partial = path.join(home, 'models/.mine.partial/files');
  const part = await partOnceOf(half, partial, killed);
  killed.kill('SIGKILL');
  await once(killed, 'close');
  assert.deepEqual(readdirSync(path.join(home, 'models')), ['.mine.partial']);
  assert.deepEqual(readFileSync(part), weights.subarray(0, half));

  hub.serve = () => false;
  const again = await eidolon(home, hub, ['pull', 'gpt2', '--as', 'mine']);

  assert.deepEqual([again.status, again.stderr], [0, '']);
  assert.deepEqual(
    hub.asked.filter(({ url }) => url === `/blob/${GPT2}/model.safetensors`).map(({ headers }) => headers.range),
    [undefined, `bytes=${half}-`],
  );
  assert.deepEqual(readdirSync(path.join(home, 'models')), ['mine']);
  assert.deepEqual(readFileSync(path.join(home, 'models/mine/model.safetensors')), weights);
});

test('Ctrl-C stops in a line, and says how to go on', async (t) => {
  const { home, hub, weights } = await homeAndHub(t);
  hub.serve = (response, content) => {
    if (content.length !== weights.length) return false;
    response.write(content.subarray(0, 1000));
    return true;
  };
  const child = start(home, hub, ['pull', 'gpt2']);
  await partOnceOf(1000, path.join(home, 'models/.gpt2.partial/files'), child);

  child.kill('SIGINT');
  const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')]);

  assert.equal(status, 1);
  assert.equal(stderr, 'error: Stopped\n  What was fetched is kept: the same command goes on\n');
});

test('the token of .env opens a private repository, and is in nothing that is printed or kept', async (t) => {
  const { home, hub } = await homeAndHub(t);
  hub.repositories.set(GPT2, { ...hub.repositories.get(GPT2)!, token: 'hf_s3cret' });
  const { HF_TOKEN: _, ...unset } = process.env;
  writeFileSync(path.join(home, '.env'), 'HF_TOKEN=hf_s3cret\n');

  const without = await eidolon(home, hub, ['pull', 'gpt2']);
  const child = spawn(process.execPath, [BIN, 'model', 'pull', 'gpt2'], {
    cwd: home,
    env: { ...unset, EIDOLON_HOME: home, HF_ENDPOINT: hub.endpoint },
  });
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);

  assert.equal(without.status, 1);
  assert.match(without.stderr, /^error: \S+ is not on 127.* \(401\): check the name, or set HF_TOKEN in \.env\n$/);
  assert.equal(status, 0);
  assert.doesNotMatch(stdout + stderr + readFileSync(path.join(home, 'models/gpt2/run.json'), 'utf8'), /s3cret/);
});

test('limits are told of and waited out', async (t) => {
  const { home, hub } = await homeAndHub(t);
  let refusals = 1;
  hub.intercept = (_, response) => {
    if (refusals-- <= 0) return false;
    send(response, 429, { 'retry-after': '0' }, '');
    return true;
  };

  const { status, stderr } = await eidolon(home, hub, ['pull', 'gpt2']);

  assert.equal(status, 0);
  assert.match(stderr, /^127\.0\.0\.1:\d+ allows no more requests for now \(429\); .*; trying again in 0 s\n$/);
});

const wrongs: readonly [what: string, argv: readonly string[], env: object, message: RegExp][] = [
  ['no such name', ['llama'], {}, /^error: Expected owner\/name or owner\/name@revision .*, found "llama"\n {2}.*gpt2/],
  ['a name that leaves models/', ['gpt2', '--as', '../x'], {}, /^error: Expected a name for a folder under models\//],
  ['an address that is none', ['gpt2'], { HF_ENDPOINT: 'hub.example' }, /^error: HF_ENDPOINT: expected the address/],
  [
    'a password in the address',
    ['gpt2'],
    { HF_ENDPOINT: 'https://ada:s3cret@hub.example' },
    /^error: HF_ENDPOINT: expected the address of a hub, as https:\/\/huggingface\.co, found something else\n {2}[^\n]+\n$/,
  ],
  [
    'a token over two lines',
    ['gpt2'],
    { HF_TOKEN: 'hf_s3\ncret' },
    /^error: HF_TOKEN: expected a token, found something/,
  ],
];
for (const [what, argv, env, message] of wrongs) {
  test(`${what}: a line, exit code 1, and no model`, async (t) => {
    const home = temporaryFolder(t);
    const hub = await startHub(t, {});
    hub.close();

    const { status, stdout, stderr } = await eidolon(home, hub, ['pull', ...argv], env);

    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /s3|at .*\.ts/);
    assert.deepEqual(readdirSync(home), []);
  });
}

/** The file of the weights' bytes once there are so many of them; the child that writes it says nothing in between. */
async function partOnceOf(bytes: number, folder: string, child: ChildProcess): Promise<string> {
  while (child.exitCode === null) {
    const name = list(folder).find((name) => name.startsWith('model.safetensors.'));
    if (name !== undefined && readFileSync(path.join(folder, name)).length === bytes) return path.join(folder, name);
    await new Promise(setImmediate);
  }
  throw new Error(`The pull ended with ${child.exitCode} before it had ${bytes} bytes`);
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
