import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { quantizeModel } from '../../src/model/quantization/quantize-model.ts';
import { growBeyondMemory } from '../model/beyond-memory.ts';
import { writeRandomAdapter } from '../model/random-adapter.ts';
import { writeRandomModel } from '../model/random-model.ts';
import { BIN, runEidolon } from './run-eidolon.ts';

const home = mkdtempSync(path.join(tmpdir(), 'bench-cli-'));
after(() => rmSync(home, { recursive: true }));
const random = writeRandomModel(path.join(home, 'models/random'), { n_embd: 64, deviation: 0.3 });
writeRandomAdapter(path.join(home, 'models/ada'), { base: random });
await quantizeModel(random, { bits: 8 });

test('each precision that is there has a row: speeds by batch, the time to load and memory', async () => {
  const { stdout, status, stderr } = await runEidolon(
    ['model', 'bench', 'random', '--device', 'cpu', '--batches', '1,3', '--tokens', '4', '--json'],
    { home },
  );

  assert.equal(status, 0, stderr);
  const { rows, problems } = JSON.parse(stdout);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    rows.map(({ model, batch, precision, device }: Record<string, unknown>) => [model, batch, precision, device]),
    [
      ['random', 1, 'fp32', 'cpu'],
      ['random', 3, 'fp32', 'cpu'],
      ['random-8bit', 1, '8bit', 'cpu'],
      ['random-8bit', 3, '8bit', 'cpu'],
    ],
  );
  for (const { tokensPerSecond, loadSeconds, memoryMB } of rows) {
    assert.ok(tokensPerSecond > 0 && loadSeconds > 0 && memoryMB > 20);
  }
});

test('in words it is a table, of an adapter too', async () => {
  const { stdout, status } = await runEidolon(
    ['model', 'bench', 'ada', '--device', 'cpu', '--batches', '2', '--tokens', '4'],
    { home },
  );

  assert.equal(status, 0);
  assert.match(stdout, /^MODEL +BITS +DEVICE +TOKENS\/S ×2 +LOAD +MEMORY\nada +32 +cpu +[\d.]+ +[\d.]+ s +\d+ MB\n$/);
});

test('a model that is not there, a device that the runtime lacks, and batches that are no numbers are refused', async () => {
  const [none, device, batches] = [
    await runEidolon(['model', 'bench', 'nobody'], { home }),
    await runEidolon(['model', 'bench', 'random', '--device', 'abacus'], { home }),
    await runEidolon(['model', 'bench', 'random', '--batches', '1,few'], { home }),
  ];

  assert.deepEqual([none.status, device.status, batches.status], [1, 1, 2]);
  assert.match(device.stderr, /--device: expected one of cpu.*, found abacus/);
});

test('what is wrong with a model is told in the words of its error, and where nothing was measured the command fails', async () => {
  writeRandomModel(path.join(home, 'models/damaged'), { deviation: Number.NaN });
  const argv = ['model', 'bench', 'damaged', '--device', 'cpu', '--batches', '1', '--tokens', '4'];

  const [inWords, asJson] = [await runEidolon(argv, { home }), await runEidolon([...argv, '--json'], { home })];

  assert.deepEqual([inWords.status, asJson.status], [1, 1]);
  assert.match(inWords.stdout, /^damaged on cpu: The model \S*damaged gave something that is not a number: .*\n$/);
  const { rows, problems } = JSON.parse(asJson.stdout);
  assert.deepEqual(rows, []);
  assert.deepEqual(
    problems.map(({ problem }: { readonly problem: string }) => `damaged on cpu: ${problem}\n`),
    [inWords.stdout],
  );
});

test('a precision that is too large for this machine has a problem, and those beside it are measured', async () => {
  const large = writeRandomModel(path.join(home, 'models/large'), { n_embd: 64 });
  await quantizeModel(large, { bits: 8 });
  growBeyondMemory(large);

  const { stdout, status, stderr } = await runEidolon(
    ['model', 'bench', 'large', '--device', 'cpu', '--batches', '1', '--tokens', '4', '--json'],
    { home },
  );

  assert.equal(status, 0, stderr);
  const { rows, problems } = JSON.parse(stdout);
  assert.deepEqual([rows.length, rows[0].precision], [1, '8bit']);
  assert.equal(problems[0].precision, 'fp32');
  assert.match(problems[0].problem, /takes \d+ MB of memory, and this machine has \d+ MB$/);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`what measures a row ends with the command at ${signal}`, { timeout: 120_000 }, async () => {
    const server = createServer().listen(0, '127.0.0.1');
    after(() => server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    // It holds a connection for as long as it lives.
    const held = `if (/bench-row/.test(process.argv[1])) require('node:net').connect(${port}, '127.0.0.1').on('error', () => {}).unref();`;
    const preloaded = path.join(home, `held-${signal}.cjs`);
    writeFileSync(preloaded, held);
    const argv = [
      'model',
      'bench',
      'random',
      '--device',
      'cpu',
      '--batches',
      Array(100).fill(256).join(),
      '--tokens',
      '256',
    ];
    const env = { ...process.env, EIDOLON_HOME: home, NODE_OPTIONS: `--require ${preloaded}` };
    const command = spawn(process.execPath, [BIN, ...argv], { env, stdio: 'ignore' });
    const [row]: Socket[] = await once(server, 'connection');
    row!.on('error', () => {}).resume();

    command.kill(signal);

    await Promise.all([once(row!, 'close'), once(command, 'exit')]);
  });
}
