import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { childOf, markupOf, textIn } from '../../src/archive/xml-node.ts';
import { type XmlPiece, xmlPieces } from '../../src/archive/xml-pieces.ts';

const read = (
  xml: string | Buffer,
  names: readonly string[],
  { size = 7, largest = 1000 } = {},
): Promise<XmlPiece[]> => {
  const bytes = Buffer.from(xml);
  const count = Math.ceil(bytes.length / size);
  const chunks = Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
  return Array.fromAsync(xmlPieces(Readable.from(chunks, { objectMode: false }), names, largest));
};
const texts = async (xml: string | Buffer, options = {}) =>
  (await read(xml, ['item'], options)).map((piece) => ('node' in piece ? markupOf(piece.node) : piece.problem));

test('elements are cut out whatever stands in and around them', async () => {
  const xml =
    '\ufeff\n<?xml version="1.0"?><!-- <item>no</item> --><rss><items/><item>a</item><item id=">">b<item>c</item></item ><item/></rss>';

  assert.deepEqual(await texts(xml), ['a', 'b<item>c</item>', '']);
});

test('an end tag in a CDATA section or a comment ends nothing', async () => {
  const xml = '<rss><item><![CDATA[</item>]]]]><![CDATA[>]]></item><item><!-- </item> -->b</item></rss>';

  assert.deepEqual(await texts(xml), ['</item>]]>', 'b']);
});

test('control characters, bare ampersands and unknown entities do no harm', async () => {
  const xml = '<rss><item>a\u001cb&#x1c;&#65;&#x1F600; & c &nbsp; &amp;nbsp;</item><item>d</item></rss>';

  assert.deepEqual(await texts(xml), ['abA😀 & c &nbsp; &nbsp;', 'd']);
});

test('a broken element costs at most itself', async () => {
  assert.deepEqual(await texts('<rss><item><b>a</item><item>c</item></rss>'), ['<b>a</b>', 'c']);
  assert.deepEqual(await texts('<rss><item>a</item><item>b'), ['a', 'cut off']);
  assert.deepEqual(await texts(`<rss><item>${'x'.repeat(2000)}</item><item>b</item></rss>`), ['too large', 'b']);
  assert.deepEqual(await texts(`<rss><item><![CDATA[ never over ${'x'.repeat(2000)}</item><item>b</item></rss>`), [
    'too large',
    'b',
  ]);
});

test('namespaces tell elements of one name apart, by whatever prefix', async () => {
  const xml =
    '<rss xmlns:c="http://content/1.0/" xmlns:e="http://excerpt/1.2/"><item><e:encoded>short</e:encoded><c:encoded>long</c:encoded></item></rss>';
  const [piece] = await read(xml, ['item']);

  assert.ok(piece && 'node' in piece);
  assert.equal(textIn(piece.node, 'encoded', 'http://content/'), 'long');
  assert.equal(childOf(piece.node, 'encoded', 'http://excerpt/')?.uri, 'http://excerpt/1.2/');
});

test('the encoding is what the declaration says', async () => {
  const xml = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><rss><item>caf\xe9</item></rss>', 'latin1');

  assert.deepEqual(await texts(xml, { size: 100 }), ['café']);
});

test('an element nested beyond reason costs only itself', async () => {
  const xml = `<rss><item>${'<b>'.repeat(50_000)}</item><item>c</item></rss>`;

  assert.deepEqual(await texts(xml, { size: 10_000, largest: 1e6 }), ['unreadable', 'c']);
});

test('where chunks end does not matter, and nothing crashes', async () => {
  const part = fc.constantFrom(
    '<item>',
    '</item>',
    '<item a="1">',
    '<item/>',
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
    '<',
    '>',
    '&',
    'x',
    '<b>',
    '</b>',
    '\0',
    '"',
  );

  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 25 }), fc.integer({ min: 1, max: 9 }), async (parts, size) => {
      const xml = `<rss>${parts.join('')}</rss>`;

      assert.deepEqual(await texts(xml, { size }), await texts(xml, { size: 10_000 }));
    }),
  );
});
