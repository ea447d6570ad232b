import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { readSafetensors, readTensor, writeSafetensors } from '../../src/model/safetensors.ts';
import { writeRandomModel } from '../model/random-model.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');
const home = mkdtempSync(path.join(tmpdir(), 'train-cli-'));
after(() => rmSync(home, { recursive: true }));
const base = writeRandomModel(path.join(home, 'models/small'), { deviation: 0.02 });

/** Lines that are alike enough to be learned within seconds, and different enough not to be known by heart. */
const lines = (count: number, words: string) =>
  Array.from({ length: count }, (_, index) => `The engine weaves ${words}, number ${(index * 7919) % 1000}.`);

function persona(name: string, texts: readonly string[], settings = '', model = 'small'): string {
  const folder = path.join(home, 'personas', name);
  mkdirSync(path.join(folder, 'corpora'), { recursive: true });
  writeFileSync(
    path.join(folder, 'persona.yaml'),
    `name: ${name}\nmodel: ${model}\nsampling: { maxTokens: 8 }\n${settings}`,
  );
  if (texts.length > 0) writeFileSync(path.join(folder, 'corpus.txt'), texts.join('\n\n'));
  return name;
}

const options = { encoding: 'utf8', cwd: home, env: { ...process.env, EIDOLON_HOME: home } } as const;

function eidolon(...argv: readonly string[]) {
  return spawnSync(process.execPath, [BIN, ...argv], options);
}

function jsonLines(text: string) {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

const train = 'train: { epochs: 3, learningRate: 0.01 }\ncorpus: corpus.txt\n';

test('a training ends as a run that keeps everything, and as the persona’s model', () => {
  persona('ada', lines(200, 'algebraic patterns'), train);

  const { status, stdout, stderr } = eidolon('train', 'ada', '--json');

  assert.equal(status, 0, stderr);
  const { result } = jsonLines(stdout).at(-1);
  assert.ok(result.bitsPerByte.trained < 0.7 * result.bitsPerByte.base, JSON.stringify(result.bitsPerByte));
  const run = path.join(home, 'data/runs/ada', result.id);
  const kept = [
    'model.safetensors',
    'config.json',
    'run.json',
    'plan.json',
    'losses.jsonl',
    'samples.jsonl',
    'report.html',
    'documents.jsonl',
  ];
  for (const file of kept) assert.ok(existsSync(path.join(run, file)), file);
  assert.ok(!existsSync(path.join(run, 'latest')), 'checkpoints go');
  const told = JSON.parse(readFileSync(path.join(run, 'run.json'), 'utf8'));
  assert.equal(told.parent, 'small');
  assert.match(told.dataHash, /^[0-9a-f]{64}$/);
  assert.deepEqual(jsonLines(readFileSync(path.join(run, 'losses.jsonl'), 'utf8')), told.losses);
  const provenance = jsonLines(readFileSync(path.join(run, 'documents.jsonl'), 'utf8'));
  assert.equal(provenance.length, 200);
  const batches = jsonLines(readFileSync(path.join(run, 'batches.jsonl'), 'utf8'));
  assert.equal(
    batches.length,
    told.losses.filter(({ gradientNorm }: { gradientNorm: number }) => gradientNorm > 0).length,
  );
  if (result.gate.promoted) assert.equal(readModelFolder(path.join(home, 'models/ada')).config.n_embd, 16);
  else assert.ok(!existsSync(path.join(home, 'models/ada')), 'what the gate refuses is not let in');
});

test('texts that the persona’s model has learned are not learned again where they have not changed, other ones are', () => {
  persona('gus', lines(200, 'algebraic patterns'), train);
  const first = eidolon('train', 'gus', '--json');
  assert.ok(jsonLines(first.stdout).at(-1).result.gate.promoted, first.stdout);

  const after = eidolon('train', 'gus', '--if-changed', '--json');
  rmSync(path.join(home, 'data/runs/gus'), { recursive: true }); // as where a model was brought from elsewhere
  const afresh = eidolon('train', 'gus', '--if-changed');
  persona('gus', lines(200, 'flowers and leaves'), train);
  const changed = eidolon('train', 'gus', '--if-changed', '--json');

  assert.deepEqual(jsonLines(after.stdout), [{ result: null }]);
  assert.match(afresh.stderr, /gus has learned these texts already/);
  assert.ok(jsonLines(changed.stdout).at(-1).result.id, changed.stderr);
});

test('an adapter is trained beside its base, which stays as it is, and writes what the base alone would not', () => {
  persona('bea', lines(200, 'algebraic patterns'), train);
  const before = readFileSync(path.join(base, 'model.safetensors'));

  const { status, stdout, stderr } = eidolon('train', 'bea', '--method', 'lora', '--json');

  assert.equal(status, 0, stderr);
  const { result } = jsonLines(stdout).at(-1);
  assert.ok(result.bitsPerByte.trained < result.bitsPerByte.base, JSON.stringify(result.bitsPerByte));
  const run = path.join(home, 'data/runs/bea', result.id);
  assert.deepEqual(readModelFolder(run).adapter?.targetModules, ['c_attn', 'c_proj', 'c_fc']);
  assert.deepEqual(readFileSync(path.join(base, 'model.safetensors')), before);
});

test('stages read other corpora first, and say what each did to what was known of all', () => {
  persona(
    'cyn',
    lines(200, 'algebraic patterns'),
    `corpus: corpus.txt
train:
  learningRate: 0.01
  stages:
    - { corpora: { his: 1 }, epochs: 1 }
    - { corpora: { mine: 3, his: 1 }, steps: 6 }
`,
  );
  writeFileSync(path.join(home, 'personas/cyn/corpora/his.txt'), lines(200, 'flowers and leaves').join('\n\n'));

  const { status, stdout, stderr } = eidolon('train', 'cyn', '--json');

  assert.equal(status, 0, stderr);
  const steps = jsonLines(stdout);
  const compared = steps.flatMap(({ stageLosses }) => (stageLosses ? [stageLosses] : []));
  assert.deepEqual(
    compared.map((each) => Object.keys(each)),
    [
      ['his', 'mine'],
      ['his', 'mine'],
      ['his', 'mine'],
    ],
  );
  assert.ok(compared[1].his < compared[0].his);
  assert.equal(steps.filter(({ stage, gradientNorm }) => stage === 1 && gradientNorm > 0).length, 6);
});

test('a model that was added under the persona’s name is learned from and kept under another; the next training begins there', () => {
  persona('flo', lines(200, 'algebraic patterns'), train, 'flo');
  const added = eidolon('model', 'add', base, '--as', 'flo');
  assert.equal(added.status, 0, added.stderr);
  const before = readFileSync(path.join(home, 'models/flo/model.safetensors'));

  const first = eidolon('train', 'flo', '--json');
  persona('flo', lines(200, 'flowers and leaves'), train, 'flo');
  const second = eidolon('train', 'flo', '--method', 'lora', '--json');

  assert.deepEqual([first.status, second.status], [0, 0], first.stderr + second.stderr);
  assert.ok(jsonLines(first.stdout).at(-1).result.gate.promoted, first.stdout);
  const kept = readdirSync(path.join(home, 'models')).filter((name) => /^flo-[0-9a-f]{8}$/.test(name));
  assert.equal(kept.length, 1);
  assert.deepEqual(readFileSync(path.join(home, 'models', kept[0]!, 'model.safetensors')), before);
  assert.notDeepEqual(readFileSync(path.join(home, 'models/flo/model.safetensors')), before);
  const parents = [first, second].map(({ stdout }) => {
    const { id } = jsonLines(stdout).at(-1).result;
    return JSON.parse(readFileSync(path.join(home, 'data/runs/flo', id, 'run.json'), 'utf8')).parent;
  });
  assert.deepEqual(parents, [kept[0], kept[0]]);
});

/** Starts a training and resolves at its first step, while it goes on. */
async function started(name: string, ...flags: readonly string[]) {
  const child = spawn(process.execPath, [BIN, 'train', name, '--json', ...flags], {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output: string[] = [];
  const reading = createInterface(child.stdout);
  await new Promise<void>((resolve) => {
    reading.on('line', (line) => {
      output.push(line);
      if (JSON.parse(line).step > 0) resolve();
    });
  });
  return { child, output, exited: once(child, 'exit') };
}

test('a second training of the same persona is refused while the first one runs, and a killed one is gone on with', async () => {
  persona('dora', lines(400, 'algebraic patterns'), train);

  const { child, exited } = await started('dora');
  const second = eidolon('train', 'dora');
  child.kill('SIGKILL');
  await exited;
  const third = eidolon('train', 'dora', '--json');

  assert.equal(second.status, 1);
  assert.match(second.stderr, new RegExp(`dora is being trained already, by process ${child.pid}`));
  assert.equal(third.status, 0, third.stderr);
  assert.match(third.stdout, /Goes on in data\/runs\/dora\/[-\d]+, begun/);
  assert.equal(readdirSync(path.join(home, 'data/runs/dora')).filter((id) => /^\d/.test(id)).length, 1);
});

test('a training runs with settings of malloc that keep what is freed, in the process that was started', {
  skip: process.platform !== 'linux',
}, async () => {
  persona('fay', lines(400, 'algebraic patterns'), train);

  const { child, exited } = await started('fay');
  const environment = readFileSync(`/proc/${child.pid}/environ`, 'utf8').split('\0');
  child.kill('SIGKILL');
  await exited;

  assert.ok(environment.includes(`MALLOC_TRIM_THRESHOLD_=${2 ** 33}`));
});

test('Ctrl-C ends a training after its step, and says how to go on', async () => {
  persona('eve', lines(400, 'algebraic patterns'), train);

  const { child, output, exited } = await started('eve');
  child.kill('SIGINT');
  const [code] = await exited;

  assert.equal(code, 0);
  assert.match(JSON.parse(output.at(-1)!).note, /^Stopped after step \d+; the same command goes on from there\.$/);
});

const refused: readonly (readonly [string, () => readonly string[], RegExp])[] = [
  [
    'an empty corpus',
    () => [persona('none', [' '], 'corpus: corpus.txt\n')],
    /none\/corpus.txt: expected at least one text, found none/,
  ],
  [
    'one line',
    () => [persona('one', ['Hello.'], 'corpus: corpus.txt\n')],
    /one\/corpus.txt: expected texts enough .*\(some 40\), found 1/,
  ],
  ['no corpus at all', () => [persona('no', [])], /expected a corpus "mine", found none/],
  [
    'a binary file',
    () => {
      writeFileSync(path.join(home, 'binary.txt'), Buffer.from([0x89, 0x50, 0, 0xff, 10]));
      return [persona('bin', []), '--text', path.join(home, 'binary.txt')];
    },
    /binary.txt:1: expected UTF-8 text, found binary data/,
  ],
  ['a file that is not there', () => [persona('gone', []), '--text', 'nowhere.txt'], /nowhere.txt/],
  [
    'weights that are no numbers',
    () => {
      const folder = writeRandomModel(path.join(home, 'models/broken'));
      const file = path.join(folder, 'model.safetensors');
      const read = readSafetensors(file);
      const entries = [...read.tensors].map(([name, { shape }]) => ({
        name,
        dtype: 'F32' as const,
        shape,
        data: readTensor(read, name),
      }));
      entries.find(({ name }) => name === 'h.1.mlp.c_fc.bias')!.data[3] = Number.NaN;
      writeSafetensors(file, entries);
      return [persona('nan', lines(100, 'words'), 'corpus: corpus.txt\n'), '--from', 'broken'];
    },
    /expected numbers, found some in h\.1\.mlp\.c_fc\.bias that are none/,
  ],
  [
    'a model that is not there',
    () => [persona('lost', lines(100, 'words'), 'corpus: corpus.txt\n'), '--from', 'nowhere'],
    /nowhere/,
  ],
  [
    'a name that is another model’s',
    () => [persona('small', lines(100, 'words'), 'corpus: corpus.txt\n')],
    /expected a model trained for small, found another/,
  ],
];

for (const [what, arrange, message] of refused) {
  test(`${what}: one line, exit code 1, and no run is left behind`, () => {
    const [name, ...flags] = arrange();

    const { status, stderr, stdout } = eidolon('train', name!, ...flags);

    assert.equal(status, 1, stderr);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\n\s+at /);
    assert.equal(stdout, '');
    const runs = path.join(home, 'data/runs', name!);
    assert.ok(!existsSync(runs) || !readdirSync(runs).some((id) => /^\d/.test(id)));
  });
}

test('a disk that is full before the first step ends a training in one line too', () => {
  persona('fay', lines(200, 'flowers'), train);
  /** The limit on a file's size, in kB, stands in for the disk's end. */
  const limited = (kilobytes: number) =>
    spawnSync('bash', ['-c', `ulimit -f ${kilobytes}; exec "$0" "$@"`, process.execPath, BIN, 'train', 'fay'], {
      ...options,
      env: { ...options.env, NODE_DISABLE_COMPILE_CACHE: '1' },
    });

  const before = limited(1);

  assert.equal(before.status, 1, before.stderr);
  assert.match(before.stderr, /data\/runs\/fay: expected space for a training, found \d+ MB free/);
  assert.doesNotMatch(before.stderr, /\n\s+at /);
  assert.equal(eidolon('train', 'fay').status, 0);
});
