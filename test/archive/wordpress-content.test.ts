import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ownContent, withoutShortcodes } from '../../src/archive/wordpress-content.ts';

test('quotations, code, embedded things and pictures are dropped as blocks, however they are nested', () => {
  const block = (name: string, inner: string) => `<!-- wp:${name} -->${inner}<!-- /wp:${name} -->`;
  const quote = block('quote', `<blockquote>${block('quote', '<p>b</p>')}<p>c</p></blockquote>`);

  assert.equal(
    ownContent(`${block('paragraph', '<p>a</p>')}${quote}${block('group', block('pullquote', 'd'))}<p>e</p>`),
    '<p>a</p><p>e</p>',
  );
  assert.equal(
    ownContent(`<p>a</p>${block('core-embed/twitter', 'them')}${block('jetpack/contact-form', 'form')}`),
    '<p>a</p>',
  );
});

test('attributes of blocks may hold what looks like the end of a comment', () => {
  assert.equal(
    ownContent('<!-- wp:paragraph {"a":{"b":"} --> \\" -->"}} --><p>a</p><!-- /wp:paragraph -->'),
    '<p>a</p>',
  );
});

test('classic text gets its paragraphs from blank lines', () => {
  assert.equal(
    ownContent('one\r\ntwo\r\n\r\n<h2>three</h2>\n \nfour<!--more-->'),
    '<p>one<br>\ntwo</p>\n<h2>three</h2>\n<p>four</p>',
  );
});

test('shortcodes go, brackets of the author stay', () => {
  assert.equal(
    withoutShortcodes('a [gallery ids="1,2"]b[caption]c[/caption] [sic] [1] [laughs]'),
    'a b [sic] [1] [laughs]',
  );
  assert.equal(
    withoutShortcodes('[[caption]]x[[/caption]] [vc_row]y[/vc_row] [box color="red"]z[/box]'),
    '[caption]x[/caption] y z',
  );
  assert.equal(withoutShortcodes('[caption]never over'), 'never over');
});

test('no content takes long, and only text that was there comes out', () => {
  const piece = fc.constantFrom(
    '<!-- wp:quote -->',
    '<!-- /wp:quote -->',
    '<!-- wp:a {"',
    '"} /-->',
    '[caption]',
    '[/caption]',
    '[[',
    ']]',
    '[a_b',
    ' x="',
    ']',
    '<p>',
    '\n\n',
    'word',
    '<blockquote>',
    '-->',
  );

  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const stored = pieces.join('');
      assert.ok(ownContent(stored).split('word').length <= stored.split('word').length);
    }),
  );
  for (const hostile of ['[caption]', '[a_b', '<!-- wp:quote ', '<!-- wp:a {', '\n \n', '[[', '<blockquote>', '<p>']) {
    const started = performance.now();
    ownContent(hostile.repeat(100_000));
    assert.ok(performance.now() - started < 5000, hostile);
  }
});
