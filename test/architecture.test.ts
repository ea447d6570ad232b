import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

/** Data flows left to right, so an import may only point left: at an earlier stage, or at the foundation. */
const FOUNDATION = ['errors.ts', 'environment.ts', 'log.ts', 'malloc.ts', 'random.ts', 'store', 'persona'];
const FLOW = [
  'archive',
  'corpus',
  'onnx',
  'model',
  'training',
  'generation',
  'host',
  'scoring',
  'replies',
  'queue',
  'review',
  'writing',
  'publishing',
  'listening',
  'chat',
  'learning',
  'daemon',
  'cli',
];
const ORDER = [...FOUNDATION, ...FLOW];
const stageOf = (file: string) => path.relative('src', file).split(path.sep)[0] ?? '';
const importsOf = (file: string) =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map((match) =>
    path.join(path.dirname(file), match[1] ?? ''),
  );

for (const file of globSync('src/**/*.ts')) {
  test(`${file} imports only upstream`, () => {
    const stage = ORDER.indexOf(stageOf(file));
    assert.notEqual(stage, -1, `${file} stands in no stage of the flow`);

    for (const imported of importsOf(file)) {
      const target = ORDER.indexOf(stageOf(imported));
      assert.ok(target !== -1 && target <= stage, `${file} reaches downstream into ${imported}`);
    }
  });
}

for (const file of globSync('jobs/*.ts')) {
  test(`${file} only composes`, () => {
    assert.ok(readFileSync(file, 'utf8').split('\n').length <= 30, `${file} is more than a sentence`);
  });
}

test('only one file reads the environment, one ends the process, and one calls native code by its address', () => {
  const using = (pattern: RegExp) =>
    globSync('{src,jobs}/**/*.ts').filter((file) => pattern.test(readFileSync(file, 'utf8')));

  assert.deepEqual(using(/process\.env\b/), ['src/environment.ts']);
  assert.deepEqual(using(/process\.exit\b/), ['src/cli/main.ts']);
  assert.deepEqual(using(/'koffi'/), ['src/onnx/runtime.ts']);
});
