import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { ItemEnds, type JsonItem, jsonItems, parseLossless } from '../../src/archive/json-items.ts';

const chunksOf = (bytes: Buffer, size: number) =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    ),
    { objectMode: false },
  );

const itemsOf = (json: string | Buffer, patterns: readonly string[], size = 7): Promise<JsonItem[]> =>
  Array.fromAsync(jsonItems(chunksOf(Buffer.from(json), size), patterns));

const valuesOf = async (json: string, patterns: readonly string[]) =>
  (await itemsOf(json, patterns)).map(({ value }) => value);

test('gives the elements of an array deep in a document, with the values that stand before it', async () => {
  const json =
    '{"about": {"id": 7}, "chats": {"list": [{"name": "A", "messages": [{"n": 1}, {"n": 2}]}, {"messages": []}]}}';

  const items = await itemsOf(json, ['about.id', 'chats.list[].name', 'chats.list[].messages[]']);

  assert.deepEqual(
    items.map(({ path, value }) => [path.join('/'), value]),
    [
      ['about/id', 7],
      ['chats/list/0/name', 'A'],
      ['chats/list/0/messages/0', { n: 1 }],
      ['chats/list/0/messages/1', { n: 2 }],
    ],
  );
});

test('a star stands for any key, and two brackets for any position', async () => {
  assert.deepEqual(await valuesOf('{"a_v2": [1, "x]"], "b": {"c": [2]}, "d": [null]}', ['*[]']), [1, 'x]', null]);
  assert.deepEqual(await valuesOf('[{"a": 1}, [2], 3]', ['[]']), [{ a: 1 }, [2], 3]);
});

test('integers that a number would round keep their digits as strings', async () => {
  assert.deepEqual(await valuesOf('[{"ID": 897870239797215243, "n": 12, "f": 0.1234567890123456789}]', ['[]']), [
    { ID: '897870239797215243', n: 12, f: 0.12345678901234568 },
  ]);
  assert.equal(parseLossless('12345678901234567890'), '12345678901234567890');
});

test('what stands before the first bracket is skipped, as a byte order mark or an assignment', async () => {
  assert.deepEqual(await valuesOf('\ufeffYTD.part0 = [{"a": 1}];', ['[]']), [{ a: 1 }]);
});

test('a broken value costs only itself', async () => {
  const items = await itemsOf('[{"a": 1}, {"a" 2}, {"a": 3}]', ['[]']);

  assert.deepEqual(
    items.map(({ value, broken }) => broken ?? value),
    [{ a: 1 }, 'not JSON', { a: 3 }],
  );
});

test('a file that is cut off gives what was whole, and says so', async () => {
  const items = await itemsOf('{"messages": [{"a": 1}, {"a": "tw', ['messages[]']);

  assert.deepEqual(
    items.map(({ value, broken }) => broken ?? value),
    [{ a: 1 }, 'cut off'],
  );
});

test('a value over the limit is stepped over', async () => {
  const json = `[{"a": 1}, "${'x'.repeat(100)}", 2]`;

  const items = await Array.fromAsync(jsonItems(chunksOf(Buffer.from(json), 7), ['[]'], { itemBytes: 50 }));

  assert.deepEqual(
    items.map(({ value, broken }) => broken ?? value),
    [{ a: 1 }, 'longer than 50 bytes', 2],
  );
});

test('any array comes back element by element, wherever its bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue()), fc.integer({ min: 1, max: 9 }), async (array, size) => {
      const items = await itemsOf(JSON.stringify({ skipped: array, array }), ['array[]'], size);

      assert.deepEqual(
        items.map(({ value }) => value),
        parseLossless(JSON.stringify(array)),
      );
    }),
  );
});

test('no bytes make it fail or keep more than there is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: fc.constantFrom(...'{}[]",:\\ab1 ') }), async (json) => {
      const items = await itemsOf(json, ['[]', '*', 'a[]', '*.a[]']);

      assert.ok(items.length <= json.length + 1);
    }),
  );
});

test('brackets nested without end are an item that is not JSON, not a crash', async () => {
  const items = await itemsOf(`[${'['.repeat(200_000)}`, ['[]'], 65_536);

  assert.deepEqual(
    items.map(({ broken }) => broken),
    ['cut off'],
  );
});

test('a second reading, which knows where values end, finds the same as the first', async () => {
  const json = fc.oneof(
    fc.array(fc.jsonValue()).map((array) => JSON.stringify({ skipped: array, array: [...array, 'é'] }, null, 1)),
    fc.constant('{"array":[{"id":897870239797215243},"897870239797215243",-1234567890123456789,{"a":tru},[1]'),
    fc.string({ unit: fc.constantFrom(...'{}[]",:\\ab1 ') }).map((inner) => `{"array":[${inner}]}`),
  );

  await fc.assert(
    fc.asyncProperty(
      json,
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 40 }),
      async (text, size, other) => {
        const ends = new ItemEnds();
        const read = (chunk: number) =>
          Array.fromAsync(jsonItems(chunksOf(Buffer.from(text), chunk), ['array[]'], { ends }));

        const first = await read(size);

        assert.ok(ends.isWhole);
        assert.deepEqual(await read(other), first);
      },
    ),
  );
});
