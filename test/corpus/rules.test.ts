import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cleanText } from '../../src/corpus/clean-text.ts';
import { withoutAutomaticPosts } from '../../src/corpus/rules/automatic-posts.ts';
import { withoutCustomEmoji } from '../../src/corpus/rules/custom-emoji.ts';
import { withoutEntities } from '../../src/corpus/rules/entities.ts';
import { withoutHashtags } from '../../src/corpus/rules/hashtags.ts';
import { htmlText } from '../../src/corpus/rules/html-text.ts';
import { isWanted, languageOf } from '../../src/corpus/rules/language.ts';
import { withoutLinks } from '../../src/corpus/rules/links.ts';
import { markdownText } from '../../src/corpus/rules/markdown-text.ts';
import { withoutMentions } from '../../src/corpus/rules/mentions.ts';
import { nameReplacer } from '../../src/corpus/rules/names.ts';
import { longEnough, mostlyLetters, undamaged, varied } from '../../src/corpus/rules/quality.ts';
import { withoutSignature } from '../../src/corpus/rules/signatures.ts';
import { plainUnicode } from '../../src/corpus/rules/unicode.ts';
import { tidyWhitespace } from '../../src/corpus/rules/whitespace.ts';
import { unwrapped } from '../../src/corpus/rules/wrapped-lines.ts';
import { rulesFor } from '../../src/corpus/rules.ts';
import { SETTINGS } from './settings.ts';

const WRAPPED = `${Array.from({ length: 7 }, () => 'The moss on the northern wall has outlived three gardeners').join('\n')}\nand a goat.`;
const VERSE =
  'The rain it raineth every day,\nUpon the moss and me,\nAnd all the gardeners\nAre drowned\nIn tea\nOr sea';
const SIGNED = 'See you there.\n\nBest\n-- \nMira Quill\nHead of Moss';

/** What each rule does, by example: before and after. */
const examples: readonly (readonly [story: string, rule: (text: string) => string, before: string, after: string])[] = [
  [
    'characters are composed and unseen ones go',
    plainUnicode,
    'Cafe\u0301\u200b\u00a0au\r\nlait\ufeff',
    'Café au\nlait',
  ],
  ['joiners of emoji and Persian stay', plainUnicode, '👩\u200d🚀 می\u200cخواهم', '👩\u200d🚀 می\u200cخواهم'],
  ['letters in costume are ordinary ones', plainUnicode, '𝓯𝓪𝓷𝓬𝔂 𝗯𝗼𝗹𝗱 ｗｉｄｅ', 'fancy bold wide'],
  ['ornaments on letters are cut', plainUnicode, `z${'\u0315'.repeat(40)}o`, `z${'\u0315'.repeat(4)}o`],
  ['half of a surrogate pair is a lost character', plainUnicode, 'a\ud800b', 'a\ufffdb'],

  ['HTML becomes lines and paragraphs', htmlText, '<p>One<br>two</p><ul><li>three</li></ul>', 'One\ntwo\n\n- three'],
  [
    'a list has no empty lines',
    htmlText,
    '<p>Tea</p>\n<ul>\n <li>Pot</li>\n <li>Pan<br>or</li></ul>',
    'Tea\n\n- Pot\n- Pan\nor',
  ],
  ['HTML entities are read once', htmlText, '<p>Salt &amp; &lt;pepper&gt;&nbsp;!</p>', 'Salt & <pepper>\u00a0!'],
  ['scripts are not words', htmlText, '<style>p{}</style>Moss<script>alert(1)</script>', 'Moss'],
  ['line ends of HTML are spaces', htmlText, '<p>One\n  two</p>\n<p>three</p>', 'One two\n\nthree'],
  ['without any block, line ends are the author’s', htmlText, 'One\n\n<em>two</em>', 'One\n\ntwo'],

  ['Markdown loses its marks', markdownText, '**Well**, _I_ [said](https://a.example/x_(y)) `so`', 'Well, I said so'],
  ['a heading is a line', markdownText, '## Moss ##\ntext', 'Moss\ntext'],
  ['quoted lines are others’', markdownText, '> you said\nI say', '\nI say'],
  ['code is not prose', markdownText, 'a\n```js\nlet x;\n```\nb', 'a\nb'],
  ['code that never ends takes the rest', markdownText, 'a\n```\nlet x;', 'a'],
  ['pictures go, and what was escaped is itself', markdownText, '![moss](m.png)2 \\* 3', '2 * 3'],
  ['snake_case_words and 2*3*4 stay', markdownText, 'snake_case_words', 'snake_case_words'],
  ['spoilers are words', markdownText, 'It was ||the butler|| and >!the moss!<', 'It was the butler and the moss'],

  [
    'what was escaped twice is read',
    withoutEntities,
    'Salt &amp;amp; pepper &#8211; R&D &co',
    'Salt & pepper – R&D &co',
  ],

  ['wrapped paragraphs are one line each', unwrapped, `${WRAPPED}\n\nEnd.`, `${WRAPPED.replaceAll('\n', ' ')}\n\nEnd.`],
  ['verse keeps its lines', unwrapped, VERSE, VERSE],
  [
    'verse beside wrapped prose does too',
    unwrapped,
    `${WRAPPED}\n\nO moss\nO rain`,
    `${WRAPPED.replaceAll('\n', ' ')}\n\nO moss\nO rain`,
  ],

  ['spaces are tidied', tidyWhitespace, '  One ,\ttwo  \n\n\n\nthree .', 'One, two\n\nthree.'],

  ['a link goes with what led to it', (text) => withoutLinks(text, []), 'Read this: https://a.example/b', 'Read this'],
  [
    'a link in brackets goes with them',
    (text) => withoutLinks(text, []),
    'Moss (https://a.example) grows.',
    'Moss grows.',
  ],
  [
    'a link in a sentence leaves it whole',
    (text) => withoutLinks(text, []),
    'See www.a.example/b, then rest.',
    'See, then rest.',
  ],
  [
    'a link is one with no space before it too',
    (text) => withoutLinks(text, []),
    'Lookhttps://a.example/b.https://b.example here',
    'Look here',
  ],
  ['short links need no scheme', (text) => withoutLinks(text, []), 'Look bit.ly/3xY 👉 youtu.be/abc', 'Look'],
  [
    'dots of a sentence are no link',
    (text) => withoutLinks(text, []),
    'Yes.No and/or e.g. me.',
    'Yes.No and/or e.g. me.',
  ],
  [
    'allowed hosts stay',
    (text) => withoutLinks(text, ['a.example']),
    'See https://www.a.example/b.',
    'See https://www.a.example/b.',
  ],

  ['whom a reply is to goes', (text) => withoutMentions(text, []), '@bob @eve@b.example: quite so', 'quite so'],
  ['a name in a sentence goes', (text) => withoutMentions(text, []), 'As @bob says', 'As says'],
  ['credit goes whole', (text) => withoutMentions(text, []), 'Moss at dawn (via @bob)', 'Moss at dawn'],
  ['addresses are no mentions', (text) => withoutMentions(text, []), 'me@a.example @ noon', 'me@a.example @ noon'],
  ['allowed accounts stay', (text) => withoutMentions(text, ['@ada']), 'Ask @Ada, not @bob', 'Ask @Ada, not'],

  [
    'a hashtag in a sentence is words',
    (text) => withoutHashtags(text, 'words', []),
    'So much #GreyRain today',
    'So much Grey Rain today',
  ],
  [
    'shelf marks go',
    (text) => withoutHashtags(text, 'words', []),
    'Nothing but rain. #weather #London',
    'Nothing but rain.',
  ],
  ['one mark after a full stop goes', (text) => withoutHashtags(text, 'words', []), 'Rain! #weather', 'Rain!'],
  [
    'one at the end of a sentence is its word',
    (text) => withoutHashtags(text, 'words', []),
    'I hate #rain',
    'I hate rain',
  ],
  ['numbers are no hashtags', (text) => withoutHashtags(text, 'words', []), 'We are #1, C# too', 'We are #1, C# too'],
  ['allowed hashtags stay', (text) => withoutHashtags(text, 'words', ['#moss']), 'Rain. #moss #wet', 'Rain. #moss'],

  ['pictures of a server go', withoutCustomEmoji, 'Rain again :blobcat_sad::rain2:', 'Rain again '],
  ['times and smileys stay', withoutCustomEmoji, 'at 10:30:45 :) std::moss::x', 'at 10:30:45 :) std::moss::x'],

  ['a signature goes', (text) => withoutSignature(text, 'mail'), SIGNED, 'See you there.\n\nBest'],
  ['a phone’s advertisement goes', (text) => withoutSignature(text, 'mail'), 'Yes.\nSent from my iPhone', 'Yes.'],
  ['in other languages too', (text) => withoutSignature(text, 'mail'), 'Ja.\nVon meinem iPhone gesendet', 'Ja.'],
  [
    'lawyers go, and all below them',
    (text) => withoutSignature(text, 'mail'),
    'Fine.\n\nThis e-mail is confidential and\nintended for nobody.',
    'Fine.\n\n',
  ],
  [
    'a line about sending stays',
    (text) => withoutSignature(text, 'post'),
    'I sent from afar\na letter',
    'I sent from afar\na letter',
  ],

  ['a program’s post goes', withoutAutomaticPosts, 'I liked a @YouTube video https://youtu.be/x', ''],
  ['so does a game’s', withoutAutomaticPosts, 'Wordle 1,234 3/6\n\n⬛🟨', ''],
  ['liking is no program', withoutAutomaticPosts, 'I liked the moss', 'I liked the moss'],

  [
    'names go in any case',
    nameReplacer(['Mira', 'Mira Quill'], '…'),
    'MIRA quill and Mira’s admirable',
    '… and …’s admirable',
  ],
  ['signs in names are signs', nameReplacer(['A. (Al) B+'], '…'), 'A. (Al) B+ or A b', '… or A b'],
  [
    'a name with a hyphen goes, however the hyphen is typed',
    nameReplacer(['Ann-Marie'], '…'),
    'Ann-Marie, ANN\u2011MARIE, Ann',
    '…, …, Ann',
  ],
  [
    'so does one with an apostrophe',
    nameReplacer(["O'Brien"], '…'),
    "O’Brien and O'Brien, O Brien",
    '… and …, O Brien',
  ],
  ['a name may be part of a longer word, which stays', nameReplacer(['Mira'], '…'), 'Miranda, Amira', 'Miranda, Amira'],
  ['one without spaces around it goes too', nameReplacer(['李雷'], '…'), '今天我和李雷一起散步', '今天我和…一起散步'],

  ['two words say nothing', longEnough, 'lol ok', ''],
  ['three do', longEnough, 'I am tired.', 'I am tired.'],
  ['six characters without spaces do', longEnough, 'こんにちは世界', 'こんにちは世界'],
  ['numbers are not prose', mostlyLetters, '1-0 2-1 3:3 (a)', ''],
  ['emoji do not count against a text', mostlyLetters, 'Moss 🌧️🌧️🌧️🌧️🌧️', 'Moss 🌧️🌧️🌧️🌧️🌧️'],
  ['one word over and over is nothing', varied, 'no no no no no no yes', ''],
  ['one letter over and over is nothing', varied, `${'a'.repeat(30)}h`, ''],
  ['a text that was lost in decoding is dropped', undamaged, '\ufffd\ufffd \ufffdaf', ''],
  ['one lost character is forgiven', undamaged, 'Caf\ufffd au lait for two', 'Caf\ufffd au lait for two'],
];

for (const [story, rule, before, after] of examples) {
  test(`${story}: ${JSON.stringify(before.slice(0, 50))}`, () => assert.equal(rule(before), after));
}

test('the language of a text is told where it is long enough to have one', () => {
  assert.equal(languageOf('I went to the market and bought some apples today.'), 'en');
  assert.equal(languageOf('Das ist ja heute wieder ein wunderbares Wetter hier.'), 'de');
  assert.equal(languageOf('こんにちは世界、今日はいい天気ですね'), 'ja');
  assert.equal(languageOf('ok lol'), undefined);
});

test('what the service has for a text counts where the text itself says little', () => {
  assert.equal(languageOf('Tea & toast and a tea', 'en-GB'), 'en');
  assert.equal(languageOf('Das ist ja heute wieder ein wunderbares Wetter hier.', 'en'), 'de');
});

test('regions do not matter, and what is unknown is wanted', () => {
  assert.equal(isWanted('en', ['en-GB']), true);
  assert.equal(isWanted('de', ['en-GB']), false);
  assert.equal(isWanted(undefined, ['en']), true);
  assert.equal(isWanted('de', []), true);
});

test('a text that must not hold personal data loses it, or is dropped whole', () => {
  const text = 'Write to mira@a.example or to Mira Quill instead';
  const clean = (personalData: 'replace' | 'drop') =>
    cleanText(text, POST, rulesFor({ ...SETTINGS, privacy: { personalData, names: ['Mira Quill'] } }));

  assert.deepEqual(clean('replace'), {
    text: 'Write to … or to … instead',
    changedBy: ['personal data', 'private name'],
  });
  assert.deepEqual(clean('drop'), { droppedBy: 'personal data', text });
});

test('a text of nothing but a link is dropped by the rule for links', () => {
  const dropped = cleanText('https://a.example/moss', POST, rulesFor(SETTINGS));

  assert.deepEqual(dropped, { droppedBy: 'link', text: 'https://a.example/moss' });
});

test('an article begins with its title, once', () => {
  const rules = rulesFor(SETTINGS);
  const article = { markup: 'html', kind: 'article', title: 'On Moss & Rain' } as const;

  assert.deepEqual(cleanText('<p>It is green.</p>', article, rules), {
    text: 'On Moss & Rain\n\nIt is green.',
    changedBy: ['markup'],
  });
  assert.deepEqual(cleanText('<h1>On Moss &amp; Rain</h1><p>It is.</p>', article, rules), {
    text: 'On Moss & Rain\n\nIt is.',
    changedBy: ['markup'],
  });
});

const POST = { markup: 'plain', kind: 'post' } as const;
const MARKUPS = ['plain', 'html', 'markdown'] as const;

/** What expressions trip over, in any order. */
const piece = fc.oneof(
  fc.constantFrom(
    ...['a', ' ', '\n', '@', '#', ':', '.', '-', '_', '*', '`', '~', '|', '>', '<', '(', ')', '[', ']', '/', '\\', '&'],
    ...[
      'https://',
      'www.',
      'a.com/',
      '@a',
      '#a',
      ':a:',
      '-- \n',
      '```\n',
      '<p>',
      '</p>',
      '<b',
      '&amp;',
      '&#',
      '**',
      '](',
      '![',
      '>!',
      '\ufffd',
      '\u0301',
      '\ue000',
      '\ud83d',
      'via ',
      'u/',
      '. ',
      '😀',
      'é',
      '1',
      'I ran ',
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
);

test('whatever a text is made of, it is cleaned or dropped, and what is clean stays so', () => {
  const rules = rulesFor({ ...SETTINGS, privacy: { personalData: 'replace', names: ['a', '(.*)+$'] } });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.constantFrom(...MARKUPS), (pieces, markup) => {
      const cleaned = cleanText(pieces.join(''), { ...POST, markup }, rules);
      if ('droppedBy' in cleaned) return;

      assert.ok(cleaned.text.isWellFormed());
      assert.equal(cleaned.text, cleaned.text.trim());
      assert.equal(cleaned.text.normalize('NFC'), cleaned.text);
      assert.doesNotMatch(cleaned.text, /https?:\/\/\w|\n{3}| {2}|\ue000/);
    }),
    { numRuns: 300 },
  );
});

for (const { name, apply } of rulesFor({ ...SETTINGS, privacy: { personalData: 'replace', names: ['Mira Quill'] } })) {
  test(`no text of 100,000 characters keeps the rule "${name}" for long, whatever it repeats`, () => {
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...MARKUPS),
        fc.constantFrom('post' as const, 'mail' as const),
        (pieces, markup, kind) => {
          const unit = pieces.join('') || 'a';
          const attack = unit.repeat(Math.ceil(100_000 / unit.length));
          const started = process.cpuUsage();

          apply(attack, { markup, kind });

          const { user } = process.cpuUsage(started);
          assert.ok(user < 1_500_000, `${JSON.stringify(unit)} took ${user / 1000} ms`);
        },
      ),
      { numRuns: 25, examples: [[['-- ', '\n'], 'plain', 'mail']] },
    );
  });
}
