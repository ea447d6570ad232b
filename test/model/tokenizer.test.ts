import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { encode as referenceIds } from 'gpt-tokenizer/encoding/r50k_base';
import { gpt2Prefix } from '../../src/model/gpt2-vocabulary.ts';
import { createTokenizer, loadTokenizer } from '../../src/model/tokenizer.ts';

const gpt2 = createTokenizer(gpt2Prefix(50_257));
const prefix = createTokenizer(gpt2Prefix(1000));

/** Text as it is met: words of several scripts, emoji with joiners, combining marks, odd whitespace, contractions. */
const piece = fc.oneof(
  { weight: 3, arbitrary: fc.lorem({ maxCount: 4 }) },
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.string({ unit: fc.constantFrom(...'漢字かなカナ한국어中文') }),
  fc.string({ unit: fc.constantFrom('👩‍👩‍👧‍👦', '🏳️‍🌈', '👍🏽', '🇫🇷', '😀', '\u200d', '\ufe0f') }),
  fc.string({ unit: fc.constantFrom('e', '\u0301', '\u0323', 'n\u0303', 'ﷺ', 'नि', '\u1e9b\u0323') }),
  fc.constantFrom(' ', '  ', '\n', '\n\n', '\t', ' \n ', '\r\n', '\u00a0', '\u3000', '\u2028', ' '.repeat(40)),
  fc.constantFrom("'s", "'ll", "I'd", "'S", '’s', '…', '--', '1234', '½', '²', '<|endoftext|>', '@a', '#b'),
);
const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));

test('ids equal those of GPT-2 on fuzzed Unicode, and decode to the text', () => {
  fc.assert(
    fc.property(text, (written) => {
      const ids = gpt2.encode(written);

      assert.deepEqual(ids, referenceIds(written, { disallowedSpecial: new Set() }));
      assert.equal(gpt2.decode(ids), written);
    }),
    { numRuns: 2000 },
  );
});

test('known texts have the ids that GPT-2 is known to give them', () => {
  assert.deepEqual(gpt2.encode('Hello, world!'), [15496, 11, 995, 0]);
  assert.deepEqual(gpt2.encode('Hello my name is'), [15496, 616, 1438, 318]);
  assert.deepEqual(gpt2.encode(''), []);
  assert.equal(gpt2.endOfText, 50_256);
  assert.equal(gpt2.vocabularySize, 50_257);
});

test('lone surrogates count as U+FFFD', () => {
  const unit = fc.oneof(fc.constantFrom('\ud800', '\udfff', '\ud83d', 'a', ' ', '😀', '\n'));
  fc.assert(
    fc.property(fc.string({ unit }), (malformed) => {
      const ids = gpt2.encode(malformed);

      assert.deepEqual(ids, referenceIds(malformed.toWellFormed()));
      assert.equal(gpt2.decode(ids), malformed.toWellFormed());
    }),
  );
});

test('a prefix of the merges encodes every text with the tokens it has, and decodes to the text', () => {
  fc.assert(
    fc.property(text, (written) => {
      const ids = prefix.encode(written);

      assert.ok(ids.every((id) => id < prefix.endOfText));
      assert.equal(prefix.decode(ids), written);
    }),
  );
  assert.equal(prefix.endOfText, 999);
});

test('the end of text cannot be smuggled in as text', () => {
  assert.ok(!gpt2.encode('Stop<|endoftext|> here').includes(gpt2.endOfText));
  assert.equal(gpt2.decode([...gpt2.encode('Stop'), gpt2.endOfText]), 'Stop<|endoftext|>');
});

test('a character cut in two decodes to a replacement character', () => {
  assert.equal(gpt2.decode(gpt2.encode(' 🦉').slice(0, -1)), ' \ufffd');
});

test('the form that the files of OpenAI’s own sizes have on the hub is read: of an age without model.type', () => {
  const { type: _, byte_fallback: __, ...model } = gpt2Prefix(1000).model;
  const byteLevel = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false };

  const old = createTokenizer({
    ...gpt2Prefix(1000),
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
    post_processor: byteLevel,
    decoder: byteLevel,
    model,
  });

  assert.deepEqual(old.encode('Gulls are loud'), prefix.encode('Gulls are loud'));
  assert.equal(old.decode(old.encode('Gulls are loud')), 'Gulls are loud');
});

test('what is no GPT-2 tokenizer is refused in one line that names the file', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-'));
  const file = path.join(folder, 'tokenizer.json');
  const refused = (content: string | undefined, message: RegExp) => {
    if (content !== undefined) writeFileSync(file, content);
    assert.throws(
      () => loadTokenizer(folder),
      (error: Error) => error.message.startsWith(`${file}: expected`) && message.test(error.message),
    );
  };
  const whole = gpt2Prefix(300);

  refused(undefined, /found none/);
  refused('{"model": ', /found something that is not JSON/);
  refused(JSON.stringify({ ...whole, model: { ...whole.model, type: 'WordPiece' } }), /found model\.type/);
  refused(JSON.stringify({ ...whole, normalizer: { type: 'Lowercase' } }), /found normalizer/);
  const { '<|endoftext|>': _, ...vocab } = whole.model.vocab;
  refused(JSON.stringify({ ...whole, added_tokens: [], model: { ...whole.model, vocab } }), /a token <\|endoftext\|>/);
});
