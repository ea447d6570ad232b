import assert from 'node:assert/strict';
import { test } from 'node:test';
import { htmlParts, textOf } from '../../src/archive/html-parts.ts';
import { textOfMailHtml } from '../../src/archive/mail-html.ts';
import { rewriteHtml, wordsOf } from '../../src/archive/own-html.ts';
import { parseMarkup } from '../../src/archive/shallow-parser.ts';
import { xmlElements } from '../../src/archive/xml-elements.ts';
import { htmlText } from '../../src/corpus/rules/html-text.ts';

const nested = (depth: number) => `<p>before</p>${'<b>'.repeat(depth)}within`;

test('markup that an author may write is parsed to its end, void elements and all', () => {
  const texts: string[] = [];

  assert.ok(parseMarkup(`${'a<br>'.repeat(5000)}${nested(900)}`, { ontext: (text) => void texts.push(text) }));
  assert.ok(texts.includes('within'));
});

for (const [name, read, left] of [
  ['the text of a document', htmlText, ''],
  ['what is the author’s own', (html: string) => rewriteHtml(html, () => 'keep'), ''],
  ['a title', wordsOf, ''],
  ['a page', textOf, 'before'],
  ['a mail', textOfMailHtml, 'before'],
] as const) {
  test(`${name} nested beyond reason is given up at once`, () => {
    assert.match(read(nested(900)), /within/);
    assert.equal(read(nested(300_000)).trim(), left);
  });
}

test('so are the parts of a page and the elements of a file', () => {
  assert.deepEqual(
    htmlParts(nested(300_000), ['p']).map(({ inner }) => inner),
    ['before'],
  );
  assert.deepEqual(
    xmlElements(nested(300_000)).map(({ text }) => text),
    ['before'],
  );
});
