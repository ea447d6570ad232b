import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { type JsonItem, jsonItems, parseLossless } from '../../src/archive/json-items.ts';

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

test('values that are read together are those that are read one by one, damaged or not', async () => {
  const inner = fc.record({
    id: fc.oneof(fc.nat(), fc.constantFrom('}', '},{"id":', '"', '\\', '897870239797215243')),
  });
  const value = fc.oneof(
    { weight: 6, arbitrary: fc.record({ id: fc.jsonValue({ maxDepth: 1 }), of: fc.array(inner, { maxLength: 3 }) }) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
  );
  const text = fc
    .tuple(
      fc.array(fc.array(value, { maxLength: 12 }), { maxLength: 3 }),
      fc.constantFrom(undefined, 1, 2),
      fc.nat(),
      fc.constantFrom(...'{}[]",:\\ 1a', ''),
    )
    .map(([lists, indent, at, byte]) => {
      const json = JSON.stringify({ lists }, null, indent).replaceAll('"897870239797215243"', '897870239797215243');
      const place = at % (json.length * 3); // two of three are left whole
      return place < json.length ? json.slice(0, place) + byte + json.slice(place + 1) : json;
    });
  const found = async (json: string, size: number) =>
    (await itemsOf(json, ['lists[][]'], size)).map(({ path, value: item, broken }) => [path.join('/'), item, broken]);

  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 40, max: 400 }), async (json, size) => {
      assert.deepEqual(await found(json, size), await found(json, 1));
    }),
    { numRuns: 100 },
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
