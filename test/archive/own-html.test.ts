import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasWords, rewriteHtml, withoutQuotes, wordsOf } from '../../src/archive/own-html.ts';

test('what is kept stays byte for byte, with its mistakes', () => {
  const html = '<P class=a>one<br/>two &amp;nbsp; <b>three</P><p>four';

  assert.equal(
    rewriteHtml(html, () => 'keep'),
    html,
  );
});

test('quotations go with all that is in them, closed or not', () => {
  assert.equal(
    withoutQuotes('<p>a</p><blockquote><p>b</p><blockquote>c</blockquote></blockquote><p>d</p>'),
    '<p>a</p><p>d</p>',
  );
  assert.equal(withoutQuotes('a<q>b</q>c<blockquote>d'), 'ac');
  assert.equal(withoutQuotes('<div><blockquote>b</div>after'), '<div></div>after');
});

test('an element may lose its tags alone, or give way to other text', () => {
  const decide = (tag: string) => (tag === 'span' ? 'unwrap' : tag === 'img' ? ({ instead: '!' } as const) : 'keep');

  assert.equal(rewriteHtml('<p><span>a<b>b</b></span><img src="x">c</p>', decide), '<p>a<b>b</b>!c</p>');
});

test('comments and scripts are no words', () => {
  assert.equal(withoutQuotes('a<!-- b --><script>c()</script><style>d{}</style>e'), 'ae');
});

test('nesting beyond reason gives nothing, and soon', () => {
  assert.equal(withoutQuotes('<b>'.repeat(300_000)), '');
  assert.equal(wordsOf(`${'<b>'.repeat(300_000)}x`), '');
  assert.ok(!hasWords('<b>'.repeat(300_000)));
});

test('words are letters, digits and pictures, not markup', () => {
  assert.equal(wordsOf('<p>Tea &amp; <b>toast</b></p>\n<p>!</p>'), 'Tea & toast !');
  assert.ok(hasWords('<p>🫖</p>'));
  assert.ok(!hasWords('<p><a href="word"></a> … </p>'));
});

test('any HTML is rewritten to a part of itself', () => {
  const piece = fc.constantFrom(
    '<p>',
    '</p>',
    '<blockquote>',
    '</blockquote>',
    '<q>',
    '<br>',
    '<',
    '>',
    '"',
    '<!--',
    '-->',
    'x',
    '<a href="',
    '<script>',
    '</script>',
    '<![CDATA[',
    '<li>',
    '</div>',
  );

  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const html = pieces.join('');
      const rewritten = withoutQuotes(html);
      let at = 0;
      for (const character of rewritten) at = html.indexOf(character, at) + 1 || assert.fail(`${rewritten} in ${html}`);
    }),
  );
});
