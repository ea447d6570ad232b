import assert from 'node:assert/strict';
import { createWriteStream, existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { ZipFile } from 'yazl';
import { addModel } from '../../../src/model/import/add-model.ts';
import { PickleError, type PickleHandlers, readPickle } from '../../../src/model/import/pickle.ts';

/** Knows nothing, and lets everything stand as its name. */
const plain: PickleHandlers = { global: () => {}, call: (name) => [name], persistent: (id) => id };
const bytes = (...parts: readonly (string | number | readonly number[] | Uint8Array)[]): Buffer =>
  Buffer.concat(parts.map(toBuffer));
function toBuffer(part: string | number | readonly number[] | Uint8Array): Uint8Array {
  if (typeof part === 'string') return Buffer.from(part, 'latin1');
  return Uint8Array.from(typeof part === 'number' ? [part] : part);
}
const PROTO = [0x80, 2];

test('the values of a pickle are read, as Python wrote them', () => {
  // pickle.dumps({'a': [1, -2, 70000, 2**40, 1.5], 'b': (True, None, 'ü')}, protocol=2)
  const dumped = Buffer.from(
    '80027d71002858010000006171015d710228' +
      '4b014afeffffff4a701101008a06000000000001473ff80000000000006558010000006271038' +
      '84e5802000000c3bc71048771057' +
      '52e',
    'hex',
  );

  const { value, end } = readPickle(dumped, plain);

  assert.deepEqual(
    value,
    new Map<string, unknown>([
      ['a', [1, -2, 70_000, 2 ** 40, 1.5]],
      ['b', [true, null, 'ü']],
    ]),
  );
  assert.equal(end, dumped.length);
});

test('protocol 4 is read too: frames, its own texts, memos without numbers', () => {
  // pickle.dumps(['ab', 'ab', b'x'], protocol=4)
  const dumped = Buffer.from('80049513000000000000005d9428' + '8c026162946801430178946' + '52e', 'hex');

  assert.deepEqual(readPickle(dumped, plain).value, ['ab', 'ab', Uint8Array.of(0x78)]);
});

test('what is cut short at any byte, or has too little on its stack, is refused', () => {
  const whole = bytes(PROTO, '}(X', [1, 0, 0, 0], 'aK', 1, 'u.');
  assert.deepEqual(readPickle(whole, plain).value, new Map([['a', 1]]));
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => readPickle(whole.subarray(0, length), plain), PickleError);
  }
  for (const broken of [
    'R.',
    'u.',
    'b.',
    't.',
    's.',
    'Q.',
    '.',
    'h\x05.',
    'NNR.',
    '\x8a\x01',
    '\x8d\xff\xff\xff\xff\xff\xff\xff\xff',
  ]) {
    assert.throws(() => readPickle(bytes(PROTO, broken), plain), PickleError);
  }
});

const text = (value: string) => bytes('X', [value.length, 0, 0, 0], value);
const hostile: readonly [what: string, pickle: (marker: string) => Buffer, name: string][] = [
  ['os.system', (marker) => bytes(PROTO, 'cos\nsystem\n', text(`touch ${marker}`), 0x85, 'R.'), 'os.system'],
  [
    'os.system under its other name',
    (marker) => bytes(PROTO, 'cposix\nsystem\n', text(`touch ${marker}`), 0x85, 'R.'),
    'posix.system',
  ],
  ['a pickle of the oldest protocol', (marker) => bytes(`cos\nsystem\n(S'touch ${marker}'\ntR.`), 'os.system'],
  ['an instance of the oldest protocol', () => bytes('(ios\nsystem\n.'), 'os.system'],
  [
    'eval, by the stack',
    () => bytes([0x80, 4], [0x8c, 8], 'builtins', [0x8c, 4], 'eval', 0x93, [0x8c, 3], '1+1', 0x85, 'R.'),
    'builtins.eval',
  ],
  ['what is only named', () => bytes(PROTO, 'csubprocess\nPopen\n.'), 'subprocess.Popen'],
  ['an object made by its class', () => bytes(PROTO, 'cbuiltins\nexec\n)', 0x81, '.'), 'builtins.exec'],
  ['a name within a known one', () => bytes(PROTO, 'ctorch._utils\n_rebuild_tensor_v2.__globals__\n.'), '__globals__'],
  ["torch's own loader", () => bytes(PROTO, 'ctorch.hub\nload\n.'), 'torch.hub.load'],
  ['a storage of a kind that runs', () => bytes(PROTO, 'ctorch.jit\n_pickle\n.'), 'torch.jit._pickle'],
];
for (const [what, pickle, name] of hostile) {
  test(`${what} is refused by its name and never run, bare and in a zip`, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-'));
    const marker = path.join(folder, 'ran');
    const bare = path.join(folder, 'bare.pt');
    writeFileSync(bare, pickle(marker));
    const zipped = path.join(folder, 'pytorch_model.bin');
    await writeZip(zipped, { 'archive/data.pkl': pickle(marker), 'archive/version': Buffer.from('3\n') });

    for (const source of [bare, zipped]) {
      const adding = addModel({ source, output: path.join(folder, 'models/ada'), now: new Date() });
      await assert.rejects(adding, (error: Error) => {
        assert.equal(error.name, 'UserError');
        assert.match(error.message, /expected tensors and nothing that runs, found .*, which was not run$/);
        return error.message.includes(name) && !error.message.includes('\n');
      });
    }

    assert.ok(!existsSync(marker) && !existsSync(path.join(folder, 'models/ada')));
  });
}

test('a name that would write on the terminal is printed without what moves its cursor', async () => {
  const source = path.join(mkdtempSync(path.join(tmpdir(), 'eidolon-')), 'x.pt');
  writeFileSync(source, bytes([0x80, 4], [0x8c, 5], 'a\x1b[2J', [0x8c, 3], 'b\nc', 0x93, '.'));

  const adding = addModel({ source, output: `${source}-model`, now: new Date() });

  await assert.rejects(adding, (error: Error) => /found a \[2J\.b c, which/.test(error.message));
});

test("a zip that unpacks to far more than its size, or claims other sizes than its tensors', is refused", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-'));
  const add = (source: string) => addModel({ source, output: path.join(folder, 'ada'), now: new Date() });
  const storage = bytes(
    '(X',
    [7, 0, 0, 0],
    'storage',
    'ctorch\nFloatStorage\n',
    text('0'),
    text('cpu'),
    'M',
    [0, 4],
    'tQ',
  );
  const tensor = (shape: number) =>
    bytes(
      'ctorch._utils\n_rebuild_tensor_v2\n(',
      storage,
      'K',
      0,
      'M',
      [shape & 255, shape >> 8],
      0x85,
      'K',
      1,
      0x85,
      0x89,
      ')tR',
    );
  const stateDict = (shape: number) => bytes(PROTO, '}', text('ln_f.bias'), tensor(shape), 's.');

  const bomb = path.join(folder, 'bomb.pt');
  await writeZip(bomb, { 'a/data.pkl': stateDict(1024), 'a/data/0': Buffer.alloc(66 << 20) });
  await assert.rejects(add(bomb), { name: 'UserError', message: /as only a zip bomb does/ });

  const large = path.join(folder, 'large.pt');
  await writeZip(large, { 'a/data.pkl': stateDict(2048), 'a/data/0': Buffer.alloc(4096) });
  await assert.rejects(add(large), { name: 'UserError', message: /a tensor \[2048\] in a storage of 1024 elements/ });
});

async function writeZip(file: string, entries: Readonly<Record<string, Buffer>>): Promise<void> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(entries)) zip.addBuffer(content, name);
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(file));
}
