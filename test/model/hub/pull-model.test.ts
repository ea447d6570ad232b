import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { WorldError } from '../../../src/errors.ts';
import { gpt2Prefix } from '../../../src/model/gpt2-vocabulary.ts';
import { openHub } from '../../../src/model/hub/hub.ts';
import { type Pull, pullModel } from '../../../src/model/hub/pull-model.ts';
import { openModel } from '../../../src/model/model.ts';
import { readModelFolder } from '../../../src/model/model-folder.ts';
import { readSafetensors, readTensor, writeSafetensors } from '../../../src/model/safetensors.ts';
import { createTokenizer } from '../../../src/model/tokenizer.ts';
import { writeRandomModel } from '../random-model.ts';
import { COMMIT, type FakeHub, type FakeRepository, send, sha256, startHub } from './fake-hub.ts';

const MODEL = modelFiles({ n_embd: 32 });
const WEIGHTS = MODEL['model.safetensors']!;
const HALF = Math.floor(WEIGHTS.length / 2);
const REPOSITORY: FakeRepository = {
  card: { license: 'mit', language: 'en' },
  files: { '.gitattributes': '*.bin filter=lfs', 'README.md': '# GPT-2', 'tf_model.h5': 'x'.repeat(20_000), ...MODEL },
};
const GPT2 = 'openai-community/gpt2';

function modelFiles(shape: Parameters<typeof writeRandomModel>[1]): Record<string, Buffer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-model-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  writeRandomModel(folder, shape);
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name))]));
}

/** The weights in two files, with the index that says which tensor is in which. */
function shards(): Record<string, Buffer | string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-shards-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(path.join(folder, 'whole'), WEIGHTS);
  const read = readSafetensors(path.join(folder, 'whole'));
  const names = [...read.tensors.keys()];
  const shardOf = (name: string) => `model-0000${names.indexOf(name) < 9 ? 1 : 2}-of-00002.safetensors`;
  for (const [file, inShard] of Map.groupBy(names, shardOf)) {
    const tensors = inShard.map((name) => {
      const { shape } = read.tensors.get(name)!;
      return { name: `transformer.${name}`, dtype: 'F32' as const, shape, data: readTensor(read, name) };
    });
    writeSafetensors(path.join(folder, file), tensors);
  }
  rmSync(path.join(folder, 'whole'));
  const weight_map = Object.fromEntries(names.map((name) => [`transformer.${name}`, shardOf(name)]));
  const files = readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name))] as const);
  return { ...Object.fromEntries(files), 'model.safetensors.index.json': JSON.stringify({ weight_map }) };
}

const FIXTURES = path.join(import.meta.dirname, '../fixtures');
const fixture = (name: string) => readFileSync(path.join(FIXTURES, name));

function without(name: string): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(MODEL).filter(([file]) => file !== name));
}

function withNaN(tensor: string): Buffer {
  const header = JSON.parse(WEIGHTS.subarray(8, 8 + Number(WEIGHTS.readBigUInt64LE())).toString());
  const [begin] = header[tensor].data_offsets;
  const copy = Buffer.from(WEIGHTS);
  copy.writeFloatLE(Number.NaN, 8 + Number(WEIGHTS.readBigUInt64LE()) + begin + 4);
  return copy;
}

function modelsFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-models-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface Options extends Partial<Pull> {
  readonly token?: string;
  readonly signal?: AbortSignal;
  /** Filled with what is waited for, in milliseconds. */
  readonly waits?: number[];
}

function pullFrom({ endpoint }: { readonly endpoint: string }, models: string, options: Options = {}) {
  const { token, signal, waits = [], ...pull } = options;
  const hub = openHub({
    endpoint,
    ...(token !== undefined && { token }),
    ...(signal && { signal }),
    wait: async (milliseconds) => waits.push(milliseconds),
  });
  const reference = { repository: GPT2, revision: 'main' };
  return pullModel(hub, { reference, models, name: 'gpt2', now: new Date('2026-01-02T03:04:05Z'), ...pull });
}

const rangesAsked = ({ asked }: FakeHub) =>
  asked.filter(({ origin }) => origin === 'cdn').map(({ headers }) => headers.range ?? 'all');

test('a model is pulled, verified and told of, and can be opened', async (t) => {
  const models = modelsFolder(t);
  const hub = await startHub(t, { [GPT2]: REPOSITORY });
  const progress: number[] = [];

  const pulled = await pullFrom(hub, models, {
    onProgress: ({ bytesRead, bytes }) => progress.push(bytesRead / bytes),
  });

  const bytes = Object.values(MODEL).reduce((sum, { length }) => sum + length, 0);
  assert.deepEqual(pulled, { repository: GPT2, commit: COMMIT, licence: 'mit', bytes, isNew: true });
  assert.deepEqual(readdirSync(models), ['gpt2']);
  assert.deepEqual(readdirSync(path.join(models, 'gpt2')).sort(), [...Object.keys(MODEL), 'run.json'].sort());
  const { source, files } = JSON.parse(readFileSync(path.join(models, 'gpt2/run.json'), 'utf8'));
  assert.deepEqual(source, {
    hub: hub.endpoint,
    repository: GPT2,
    revision: 'main',
    commit: COMMIT,
    licence: 'mit',
    pulledAt: '2026-01-02T03:04:05.000Z',
  });
  assert.deepEqual(files['config.json'], {
    bytes: MODEL['config.json']!.length,
    sha256: sha256(MODEL['config.json']!),
  });
  assert.equal(files['model.safetensors'].sha256, sha256(WEIGHTS));
  assert.equal(progress.at(-1), 1);
  const model = await openModel(path.join(models, 'gpt2'));
  assert.equal(model.config.n_embd, 32);
  await model.network.release();
});

test('what the hub holds beside the model is not fetched', async (t) => {
  const hub = await startHub(t, { [GPT2]: REPOSITORY });

  await pullFrom(hub, modelsFolder(t));

  const urls = hub.asked.map(({ url }) => url).join('\n');
  assert.doesNotMatch(urls, /tf_model|README|gitattributes/);
});

test('the token opens a private repository, goes to the hub alone, and stands in no file', async (t) => {
  const models = modelsFolder(t);
  const token = 'hf_secret';
  const hub = await startHub(t, { [GPT2]: { ...REPOSITORY, token } });

  await pullFrom(hub, models, { token });

  const withToken = (origin: 'hub' | 'cdn') =>
    hub.asked.filter((asked) => asked.origin === origin).map(({ headers }) => headers.authorization);
  assert.deepEqual(new Set(withToken('hub')), new Set(['Bearer hf_secret']));
  assert.deepEqual(new Set(withToken('cdn')), new Set([undefined]));
  assert.doesNotMatch(readFileSync(path.join(models, 'gpt2/run.json'), 'utf8'), /hf_secret/);
});

test('a repository that was renamed is pulled under the name that it has now', async (t) => {
  const hub = await startHub(t, { 'ada/old': { files: {}, renamedTo: GPT2 }, [GPT2]: REPOSITORY });

  const pulled = await pullFrom(hub, modelsFolder(t), { reference: { repository: 'ada/old', revision: 'main' } });

  assert.equal(pulled.repository, GPT2);
});

test('the same revision again is nothing to do; another revision or another model is refused', async (t) => {
  const models = modelsFolder(t);
  const hub = await startHub(t, { [GPT2]: { ...REPOSITORY, revisions: ['main', 'v1'] } });
  await pullFrom(hub, models);
  const asked = hub.asked.length;

  const again = await pullFrom(hub, models, { reference: { repository: GPT2, revision: 'v1' } });

  assert.equal(again.isNew, false);
  assert.ok(hub.asked.slice(asked).every(({ url }) => url.startsWith('/api/models/')));
  hub.repositories.set(GPT2, { ...REPOSITORY, commit: 'f'.repeat(40) });
  await assert.rejects(pullFrom(hub, models), {
    name: 'UserError',
    message: /gpt2: expected no such model yet, found openai-community\/gpt2 at 607a30d, while the hub has fffffff$/,
  });
  mkdirSync(path.join(models, 'mine'));
  await assert.rejects(pullFrom(hub, models, { name: 'mine' }), { message: /mine: .* found a model that is not from/ });
});

test('a connection that breaks in the middle is gone on with from the byte it has', async (t) => {
  const models = modelsFolder(t);
  const waits: number[] = [];
  const hub = await startHub(t, { [GPT2]: REPOSITORY });
  let breakOff: (() => unknown) | undefined;
  hub.serve = (response, content, start) => {
    if (start > 0 || content.length !== WEIGHTS.length) return false;
    breakOff = () => response.destroy();
    response.write(content.subarray(0, HALF));
    return true;
  };
  const onProgress = whenHalf(() => breakOff?.());

  await pullFrom(hub, models, { waits, onProgress });

  assert.equal(rangesAsked(hub).at(-1), `bytes=${HALF}-`);
  assert.deepEqual(waits, [1000]);
  assert.deepEqual(readFileSync(path.join(models, 'gpt2/model.safetensors')), WEIGHTS);
});

test('a pull that was given up is gone on with by the next one', async (t) => {
  const models = modelsFolder(t);
  const hub = await startHub(t, { [GPT2]: REPOSITORY });
  const stopping = new AbortController();
  hub.serve = (response, content) => {
    if (content.length !== WEIGHTS.length) return false;
    response.write(content.subarray(0, HALF));
    return true;
  };
  const onProgress = whenHalf(() => stopping.abort());

  await assert.rejects(pullFrom(hub, models, { signal: stopping.signal, onProgress }), { name: 'AbortError' });

  assert.deepEqual(readdirSync(models), ['.gpt2.partial']);
  hub.serve = () => false;
  const readings: number[] = [];
  await pullFrom(hub, models, { onProgress: ({ bytesBefore }) => readings.push(bytesBefore) });
  assert.equal(rangesAsked(hub).at(-1), `bytes=${HALF}-`);
  assert.ok(readings.every((before) => before > HALF));
  assert.deepEqual(readFileSync(path.join(models, 'gpt2/model.safetensors')), WEIGHTS);
});

test('a repository with weights in shards and the tokenizer in two tables becomes a model folder like any other', async (t) => {
  const models = modelsFolder(t);
  const { 'config.json': config, 'tokenizer.json': tokenizer } = MODEL;
  const { vocab, merges } = JSON.parse(tokenizer!.toString()).model;
  const tables = { 'vocab.json': JSON.stringify(vocab), 'merges.txt': `#version: 0.2\n${merges.join('\n')}\n` };
  const hub = await startHub(t, { [GPT2]: { files: { 'config.json': config!, ...tables, ...shards() } } });

  await pullFrom(hub, models);

  assert.deepEqual(readdirSync(models), ['gpt2']);
  const model = await openModel(path.join(models, 'gpt2'));
  assert.deepEqual(
    model.tokenizer.encode('Gulls are loud'),
    createTokenizer(JSON.parse(tokenizer!.toString())).encode('Gulls are loud'),
  );
  await model.network.release();
  const { source, files } = JSON.parse(readFileSync(path.join(models, 'gpt2/run.json'), 'utf8'));
  assert.equal(source.commit, COMMIT);
  assert.deepEqual(Object.keys(files).sort(), Object.keys({ 'config.json': 0, ...tables, ...shards() }).sort());
  assert.equal((await pullFrom(hub, models)).isNew, false);
});

for (const form of ['whole', 'sharded']) {
  test(`PyTorch's weights, ${form}, are pulled where a repository has no others`, async (t) => {
    const models = modelsFolder(t);
    const described = {
      'config.json': fixture('tiny-gpt2/config.json'),
      'tokenizer.json': fixture('tiny-gpt2/tokenizer.json'),
    };
    const names = readdirSync(path.join(FIXTURES, 'pytorch', form));
    const weights = Object.fromEntries(names.map((name) => [name, fixture(`pytorch/${form}/${name}`)]));
    const hub = await startHub(t, { [GPT2]: { files: { ...described, ...weights } } });

    await pullFrom(hub, models);

    const pulled = readModelFolder(path.join(models, 'gpt2')).weights;
    const expected = readModelFolder(path.join(FIXTURES, 'tiny-gpt2')).weights;
    assert.deepEqual(readTensor(pulled, 'h.1.mlp.c_fc.weight'), readTensor(expected, 'h.1.mlp.c_fc.weight'));
  });
}

test('what is on the disk of another revision is not mixed with this one', async (t) => {
  const models = modelsFolder(t);
  const other = modelFiles({ n_embd: 32, seed: 2 });
  const hub = await startHub(t, { [GPT2]: { ...REPOSITORY, files: { ...REPOSITORY.files, ...other } } });
  const files = path.join(models, '.gpt2.partial/files');
  mkdirSync(files, { recursive: true });
  writeFileSync(path.join(files, 'model.safetensors'), WEIGHTS);
  writeFileSync(path.join(files, `model.safetensors.${sha256(WEIGHTS).slice(0, 16)}.part`), WEIGHTS.subarray(0, 9));
  writeFileSync(path.join(files, 'pytorch_model.bin'), 'of a revision before');

  await pullFrom(hub, models);

  assert.deepEqual(readFileSync(path.join(models, 'gpt2/model.safetensors')), other['model.safetensors']);
  assert.deepEqual(readdirSync(path.join(models, 'gpt2')).sort(), [...Object.keys(other), 'run.json'].sort());
});

test('a server that knows no ranges sends the file anew, and the result is whole', async (t) => {
  const models = modelsFolder(t);
  const hub = await startHub(t, { [GPT2]: REPOSITORY });
  const part = path.join(models, '.gpt2.partial/files', `model.safetensors.${sha256(WEIGHTS).slice(0, 16)}.part`);
  mkdirSync(path.dirname(part), { recursive: true });
  writeFileSync(part, WEIGHTS.subarray(0, HALF));
  hub.intercept = ({ origin, url }, response) => {
    if (origin !== 'cdn' || !url.endsWith('model.safetensors')) return false;
    response.writeHead(200, { 'content-length': WEIGHTS.length }).end(WEIGHTS);
    return true;
  };

  await pullFrom(hub, models);

  assert.deepEqual(readFileSync(path.join(models, 'gpt2/model.safetensors')), WEIGHTS);
});

test('limits are waited out as long as the hub asks, in either of its ways, and by its own measure else', async (t) => {
  const waits: number[] = [];
  const hub = await startHub(t, { [GPT2]: REPOSITORY });
  const refusals = [{ 'retry-after': '7' }, { ratelimit: '"api";r=0;t=55' }, {}];
  hub.intercept = (_, response) => {
    const headers = refusals.shift();
    if (headers) send(response, 429, headers, '');
    return headers !== undefined;
  };

  const { isNew } = await pullFrom(hub, modelsFolder(t), { waits });

  assert.deepEqual(waits, [7000, 55_000, 4000]);
  assert.ok(isNew);
});

test('a second pull of the same name is refused while the first one runs', async (t) => {
  const models = modelsFolder(t);
  const hub = await startHub(t, { [GPT2]: REPOSITORY });
  let second: Promise<unknown> | undefined;

  await pullFrom(hub, models, {
    onProgress: () => {
      second ??= assert.rejects(pullFrom(hub, models), { name: 'UserError', message: /is pulled by another process/ });
    },
  });

  assert.ok(second);
  await second.catch(() => undefined);
});

test('what is no GPT-2 is refused before any of its weights are fetched, and leaves nothing', async (t) => {
  const models = modelsFolder(t);
  const config = JSON.stringify({ ...JSON.parse(MODEL['config.json']!.toString()), model_type: 'bert' });
  const hub = await startHub(t, { [GPT2]: { files: { ...MODEL, 'config.json': config } } });

  await assert.rejects(pullFrom(hub, models), {
    name: 'UserError',
    message: /^openai-community\/gpt2: config\.json: expected the config of a GPT-2, found model_type: .*"gpt2"/,
  });

  assert.doesNotMatch(hub.asked.map(({ url }) => url).join('\n'), /resolve.*model\.safetensors/);
  assert.deepEqual(readdirSync(models), []);
});

test('a tokenizer of another kind is refused before the weights too', async (t) => {
  const models = modelsFolder(t);
  const tokenizer = JSON.stringify({ ...JSON.parse(MODEL['tokenizer.json']!.toString()), normalizer: { type: 'NFC' } });
  const hub = await startHub(t, { [GPT2]: { files: { ...MODEL, 'tokenizer.json': tokenizer } } });

  await assert.rejects(pullFrom(hub, models), { message: /gpt2: tokenizer\.json: expected GPT-2's tokenizer/ });

  assert.doesNotMatch(hub.asked.map(({ url }) => url).join('\n'), /resolve.*model\.safetensors/);
  assert.deepEqual(readdirSync(models), []);
});

test('a disk without room is said before anything is fetched', async (t) => {
  const models = modelsFolder(t);
  const hub = await startHub(t, { [GPT2]: REPOSITORY });
  hub.intercept = ({ url }, response) => {
    if (!url.includes('/tree/')) return false;
    const oid = 'a'.repeat(40);
    const file = (name: string, size: number) => ({ type: 'file', path: name, oid, size });
    send(
      response,
      200,
      {},
      JSON.stringify([file('config.json', 9), file('tokenizer.json', 9), file('model.safetensors', 4e15)]),
    );
    return true;
  };

  await assert.rejects(pullFrom(hub, models), {
    name: 'UserError',
    message: /expected 4000000000\.0 MB of room on the disk, found [\d.]+ MB$/,
  });

  assert.ok(hub.asked.every(({ url }) => url.startsWith('/api/models/')));
});

const wrong = Buffer.from(WEIGHTS).fill(7, HALF, HALF + 1);
type Refusal = readonly [
  what: string,
  change: { hub?: (hub: FakeHub) => void; repository?: Partial<FakeRepository>; options?: Options },
  message: RegExp,
];
const refusals: readonly Refusal[] = [
  [
    'a store of large files that refuses its own signature',
    { hub: intercepting('/blob/', 403, {}) },
    /^127\.0\.0\.1:\d+, where the hub keeps model\.safetensors, refuses it \(403\)$/,
  ],
  [
    'a store of large files that the network hides',
    { hub: intercepting('/resolve/', 302, { location: 'http://no-such-store.invalid/blob' }) },
    /^no-such-store\.invalid cannot be reached \((ENOTFOUND|EAI_AGAIN)\): is there a network that lets you there/,
  ],
  [
    'a repository that is not there, for all the hub says without a token',
    { options: { reference: { repository: 'ada/none', revision: 'main' } } },
    /^ada\/none is not on 127\.0\.0\.1:\d+, or not open to everyone \(401\): check the name, or set HF_TOKEN in \.env$/,
  ],
  [
    'a repository that is not there',
    { options: { token: 'hf_x', reference: { repository: 'ada/none', revision: 'main' } } },
    /^ada\/none is not on 127\.0\.0\.1:\d+ \(404\): check the name$/,
  ],
  [
    'a revision that is not there',
    { options: { reference: { repository: GPT2, revision: 'v9' } } },
    /^openai-community\/gpt2 has no revision v9 \(404\): see http/,
  ],
  [
    'a token that is not valid',
    { options: { token: 'hf_expired' } },
    /refuses HF_TOKEN for openai-community\/gpt2 \(401\)/,
  ],
  [
    'a gated repository without a token',
    { repository: { gatedTo: 'hf_ada' } },
    /^openai-community\/gpt2 is gated \(401\): ask for access at http\S+\/openai-community\/gpt2, then set HF_TOKEN/,
  ],
  [
    'a gated repository with the token of somebody else',
    { repository: { gatedTo: 'hf_ada' }, options: { token: 'hf_bob' } },
    /is gated \(403\): ask for access at .* with the account that HF_TOKEN is of$/,
  ],
  [
    'a token that may not',
    { hub: intercepting('/api/', 403, {}) },
    /^HF_TOKEN may not read openai-community\/gpt2 on 127\.0\.0\.1:\d+ \(403\)/,
  ],
  [
    'a file that is listed and not there',
    { hub: intercepting('/resolve/', 404, { 'x-error-code': 'EntryNotFound' }) },
    /^openai-community\/gpt2 has no file config\.json at 607a30d\w+ \(404\), although it is listed$/,
  ],
  [
    'limits without end',
    { hub: intercepting('/api/', 429, {}) },
    /allows no more requests for now \(429\); with an HF_TOKEN/,
  ],
  [
    'limits longer than anybody waits',
    { hub: intercepting('/api/', 429, { 'retry-after': '3600' }) },
    /\(429\).*: it asks to come back in 60 minutes$/,
  ],
  ['a hub that is out of order', { hub: intercepting('/api/', 503, {}) }, /^127\.0\.0\.1:\d+ is out of order \(503\)$/],
  [
    'a page where JSON should be',
    { hub: intercepting('/api/', 200, { 'content-type': 'text/html' }, '<html>Please log in</html>') },
    /does not answer as a Hugging Face hub does: is HF_ENDPOINT right/,
  ],
  [
    'JSON of something else',
    { hub: intercepting('/api/', 200, {}, '{"sha":"x"}') },
    /does not answer as a Hugging Face hub/,
  ],
  ['null', { hub: intercepting('/api/', 200, {}, 'null') }, /does not answer as a Hugging Face hub/],
  ['a tree that is none', { hub: intercepting('/tree/', 200, {}, '{}') }, /does not answer as a Hugging Face hub/],
  [
    'a listing without hashes',
    { hub: intercepting('/tree/', 200, {}, '[{"type":"file","path":"config.json","size":3}]') },
    /does not answer as a Hugging Face hub/,
  ],
  [
    'a page where a file should be',
    { hub: intercepting('/blob/', 200, {}, '<html>Please log in</html>') },
    /^tokenizer\.json from \S+ is not what its repository lists: expected \d+ bytes, found more|expected \d+ bytes, found \d+/,
  ],
  [
    'other weights than those listed',
    { hub: serving((response) => response.end(wrong)) },
    /^model\.safetensors from \S+ is not what its repository lists: expected the hash [0-9a-f]{12}…, found [0-9a-f]{12}…; what arrived is deleted/,
  ],
  [
    'weights that always end early',
    { hub: (hub) => (hub.intercept = truncating) },
    /^127\.0\.0\.1:\d+ ended model\.safetensors early: expected \d+ bytes, found \d+$/,
  ],
  [
    'no config',
    { repository: { files: { 'README.md': '' } } },
    /^openai-community\/gpt2: expected a config\.json, found none$/,
  ],
  [
    'weights of another program only',
    { repository: { files: { 'config.json': MODEL['config.json']!, 'tf_model.h5': 'x' } } },
    /expected model\.safetensors or pytorch_model\.bin, found neither$/,
  ],
  [
    'no tokenizer, where GPT-2’s own does not fit',
    { repository: { files: { 'config.json': MODEL['config.json']!, 'model.safetensors': WEIGHTS } } },
    /^openai-community\/gpt2: Expected a tokenizer for 400 tokens beside the weights, found none$/,
  ],
  [
    'a tokenizer that is no JSON',
    { repository: { files: { ...MODEL, 'tokenizer.json': '{"model": ' } } },
    /^openai-community\/gpt2: tokenizer\.json: expected GPT-2's tokenizer, found something that is not JSON$/,
  ],
  [
    'a tokenizer of more tokens than the model has',
    { repository: { files: { ...MODEL, 'tokenizer.json': JSON.stringify(gpt2Prefix(401)) } } },
    /^openai-community\/gpt2: tokenizer\.json: expected at most the 400 tokens of config\.json, found 401$/,
  ],
  [
    'weights that are no numbers',
    { repository: { files: { ...MODEL, 'model.safetensors': withNaN('h.1.attn.c_attn.weight') } } },
    /^openai-community\/gpt2: model\.safetensors: expected numbers in every tensor, found NaN or infinity in h\.1\.attn\.c_attn\.weight$/,
  ],
  [
    'a file of PyTorch that would run something',
    {
      repository: {
        files: { ...without('model.safetensors'), 'pytorch_model.bin': 'cos\nsystem\n(S"touch /tmp/x"\ntR.' },
      },
    },
    /^openai-community\/gpt2: pytorch_model\.bin: expected /,
  ],
  [
    'weights that are not what config.json says',
    { repository: { files: { ...MODEL, 'model.safetensors': modelFiles({ n_embd: 64 })['model.safetensors']! } } },
    /^openai-community\/gpt2: model\.safetensors: expected wte\.weight \[400,32\], as config\.json has it, found \[400,64\]$/,
  ],
  [
    'a token that is none',
    { options: { token: 'hf_a\nb' } },
    /^HF_TOKEN: expected a token, found something with spaces/,
  ],
];

for (const [what, { hub: change, repository, options }, message] of refusals) {
  test(`${what}: one line, and nothing new among the models`, async (t) => {
    const models = modelsFolder(t);
    const hub = await startHub(t, { [GPT2]: { ...REPOSITORY, ...repository } });
    change?.(hub);

    await assert.rejects(
      async () => pullFrom(hub, models, options),
      (error) => {
        assert.ok(error instanceof Error && ['UserError', 'WorldError'].includes(error.name), String(error));
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /hf_/);
        return true;
      },
    );

    const left = readdirSync(models, { recursive: true }).filter(
      (name) => !/^\.gpt2\.partial(.(lock|files))?$/.test(`${name}`),
    );
    assert.ok(
      left.every((name) => /^\.gpt2\.partial.files.(config|tokenizer)\.json$|\.part$/.test(`${name}`)),
      left.join(),
    );
    assert.ok(left.length > 0 || readdirSync(models).length === 0, 'an empty folder is left');
  });
}

test('a wrong hash deletes what arrived, and the next pull begins that file anew', async (t) => {
  const models = modelsFolder(t);
  const hub = await startHub(t, { [GPT2]: REPOSITORY });
  serving((response) => response.end(wrong))(hub);

  await assert.rejects(pullFrom(hub, models), /expected the hash/);

  const left = readdirSync(path.join(models, '.gpt2.partial/files'));
  assert.ok(
    left.every((name) => !name.startsWith('model.safetensors')),
    left.join(),
  );
  hub.serve = () => false;
  assert.equal((await pullFrom(hub, models)).isNew, true);
});

test('a network that is not there is said at once', async (t) => {
  const waits: number[] = [];

  await assert.rejects(pullFrom({ endpoint: 'http://no-such-hub.invalid' }, modelsFolder(t), { waits }), {
    name: 'WorldError',
    message: /^no-such-hub\.invalid cannot be reached \((ENOTFOUND|EAI_AGAIN)\): is there a network/,
  });
});

test('a port where nobody listens is said at once', async (t) => {
  const hub = await startHub(t, {});
  hub.close();

  await assert.rejects(
    pullFrom(hub, modelsFolder(t)),
    (error) => error instanceof WorldError && /ECONNREFUSED/.test(error.message),
  );
});

/** Acts once half of the weights is on the disk, and everything before them. */
function whenHalf(act: () => void): NonNullable<Pull['onProgress']> {
  return ({ bytesRead, bytes }) => {
    if (bytes - bytesRead === WEIGHTS.length - HALF) act();
  };
}

function intercepting(within: string, status: number, headers: object, body = '') {
  return (hub: FakeHub) => {
    hub.intercept = ({ url }, response) => {
      if (!url.includes(within)) return false;
      send(response, status, headers, body);
      return true;
    };
  };
}

/** Of the weights alone. */
function serving(serve: (response: Parameters<FakeHub['serve']>[0]) => void) {
  return (hub: FakeHub) => {
    hub.serve = (response, content) => {
      if (content.length !== WEIGHTS.length) return false;
      serve(response);
      return true;
    };
  };
}

/** Every time the same first half of the weights, in chunks, so that nothing says how long they should be. */
const truncating: FakeHub['intercept'] = ({ url }, response) => {
  if (!url.startsWith('/blob/') || !url.endsWith('model.safetensors')) return false;
  response.writeHead(200);
  response.end(WEIGHTS.subarray(0, HALF));
  return true;
};
