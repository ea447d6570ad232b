import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { WellFormedReader } from '../../src/archive/well-formed-element.ts';
import { childOf, markupOf, parsePiece, textIn, type XmlNode } from '../../src/archive/xml-node.ts';
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

test('elements that never end are not read again from each of them', async () => {
  const pieces = await texts(`<rss>${'<item>'.repeat(10_000)}</rss>`);

  assert.ok(pieces.length < 10_000 / 20, `${pieces.length} tries`);
});

for (const [what, xml] of [
  ['one after the other', ']]]]><![CDATA[>'.repeat(400_000)],
  ['in a tag that does not end', `<b ${'<![CDATA[]]> '.repeat(400_000)}>`],
] as const) {
  test(`very many sections ${what} take no time`, async () => {
    const start = process.cpuUsage();

    await read(`<rss><item>${xml}<c/></item></rss>`, ['item'], { size: 1 << 16, largest: 1 << 24 });

    assert.ok(process.cpuUsage(start).user < 4_000_000); // microseconds; of the processor, as a busy machine waits
  });
}

test('an element without its end costs not those after it', async () => {
  assert.deepEqual(await texts(`<rss><item>a${'<item>b</item>'.repeat(200)}</rss>`), [
    'too large',
    ...Array(200).fill('b'),
  ]);
});

test('what is read in one go is read the same as what is read with care', () => {
  const text = fc.constantFrom('a', ' ', '&amp;', '&', '&#65;', '&#x1c;', ']]>', '>', 'é😀', '\u001c', '&nbsp;');
  const attribute = fc.constantFrom('', ' a="1"', ' x:a="&lt;b"', " a='1'", ' a', ' a="<"', ' a=">"', ' xmlns:x="u:2"');
  const { element } = fc.letrec<{ element: string; child: string }>((tie) => ({
    child: fc.oneof(
      { maxDepth: 3 },
      text,
      fc.constantFrom('<!-- <b> -->', '<![CDATA[</item>&amp;]]>', '<b/>', '<x:b />'),
      tie('element'),
    ),
    element: fc
      .tuple(fc.constantFrom('b', 'x:b', 'item'), attribute, fc.array(tie('child'), { maxLength: 4 }), fc.nat(9))
      .map(([name, attributes, children, chance]) => {
        return `<${name}${attributes}>${children.join('')}</${name}${chance === 0 ? ' ' : ''}>`;
      }),
  }));
  const namespaces = { x: 'u:1', '': 'u:0' };
  const withText = (node: XmlNode): unknown => ({
    ...node,
    // Text may come in any number of pieces.
    children: node.children.filter((child) => typeof child !== 'string').map(withText),
    text: markupOf(node),
  });
  let quick = 0;

  fc.assert(
    fc.property(element, (source) => {
      const whole = new WellFormedReader(namespaces).read(`<rss>${source}</rss>`, 5);
      if (!whole) return;

      quick++;
      assert.equal(whole.end, 5 + source.length);
      assert.deepEqual(withText(whole.node), withText(parsePiece(source, namespaces)!));
    }),
    { numRuns: 2000, examples: [['<b>&&#x1c;<![CDATA[</item>&amp;]]></b>']] },
  );
  assert.ok(quick > 200, `${quick} were read in one go`);
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
