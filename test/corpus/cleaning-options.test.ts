import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanText } from '../../src/corpus/clean-text.ts';
import { type About, rulesFor } from '../../src/corpus/rules.ts';
import { settingsSchema } from '../../src/persona/settings.ts';

const POST: About = { markup: 'plain', kind: 'post' };

/** What becomes of a text under what persona.yaml says: the text, or `the rule` that dropped it, in brackets. */
function cleaned(settings: object, text: string, about: About = POST): string {
  const result = cleanText(text, about, rulesFor(settingsSchema.parse({ name: 'ada', model: 'starter', ...settings })));
  return 'droppedBy' in result ? `[${result.droppedBy}]` : result.text;
}

const LINK = 'Moss at dawn, and again: https://a.example/b?x=1&y=2';
const MENTION = '@bob @eve@tea.example quite so, as @ada says (via @tom)';
const EMOJI = 'Rain again today :blobcat_sad::rain2: at 10:30:45 😀';
const TAGS = 'So much #GreyRain today, and so cold. #weather #London';
const ONLY_TAGS = '#moss #rain #fog';

/** Every value of every option of `cleaning`, in one row what it does to one text. */
const options: readonly (readonly [settings: object, text: string, becomes: string])[] = [
  [{ cleaning: { links: 'remove' } }, LINK, 'Moss at dawn, and again'],
  [{ cleaning: { links: 'keep' } }, LINK, LINK],
  [{ cleaning: { links: 'remove' } }, 'https://a.example/moss', '[link]'],
  [{ cleaning: { links: 'keep' } }, 'https://a.example/moss', 'https://a.example/moss'],
  [{ cleaning: { links: 'remove' }, allow: { links: ['a.example'] } }, LINK, LINK],
  [{ cleaning: { mentions: 'remove' } }, MENTION, 'quite so, as says'],
  [{ cleaning: { mentions: 'keep' } }, MENTION, MENTION],
  [{ cleaning: { mentions: 'remove' } }, '@bob @eve', '[mention]'],
  [{ cleaning: { mentions: 'remove' }, allow: { mentions: ['@ada'] } }, MENTION, 'quite so, as @ada says'],
  [{ cleaning: { emoji: 'remove' } }, EMOJI, 'Rain again today at 10:30:45 😀'],
  [{ cleaning: { emoji: 'keep' } }, EMOJI, EMOJI],
  [{ cleaning: { emoji: 'remove' } }, ':blobcat_sad: :rain2:', '[custom emoji]'],
  [{ cleaning: { hashtags: 'words' } }, TAGS, 'So much Grey Rain today, and so cold.'],
  [{ cleaning: { hashtags: 'keep' } }, TAGS, TAGS],
  [{ cleaning: { hashtags: 'remove' } }, TAGS, 'So much today, and so cold.'],
  [{ cleaning: { hashtags: 'words' } }, ONLY_TAGS, '[hashtag]'],
  [{ cleaning: { hashtags: 'keep' } }, ONLY_TAGS, ONLY_TAGS],
  [{ cleaning: { hashtags: 'remove' } }, ONLY_TAGS, '[hashtag]'],
  [{ cleaning: { hashtags: 'remove' } }, 'I hate #rain', '[too short]'],
  [
    { cleaning: { hashtags: 'remove' }, allow: { hashtags: ['greyrain'] } },
    TAGS,
    'So much #GreyRain today, and so cold.',
  ],
];

for (const [settings, text, becomes] of options) {
  test(`${JSON.stringify(settings)}: ${text}`, () => assert.equal(cleaned(settings, text), becomes));
}

test('with links, mentions, hashtags and emoji kept, only they are: the other rules hold', () => {
  const cleaning = { links: 'keep', mentions: 'keep', hashtags: 'keep', emoji: 'keep' };

  assert.equal(
    cleaned(
      { cleaning },
      'Salt &amp;amp; @bob  at https://a.example/b #x, call +44 20 7946 0958\n\nSent from my iPhone',
    ),
    'Salt & @bob at https://a.example/b #x, call …',
  );
});

const PERSONAL: readonly (readonly [text: string, replaced: string, dropped: string])[] = [
  ['Write to mira@a.example about the moss', 'Write to … about the moss', '[personal data]'],
  ['Call +44 20 7946 0958 about the moss', 'Call … about the moss', '[personal data]'],
  ['It is 4111 1111 1111 1111, the number', 'It is …, the number', '[personal data]'],
  ['Pay DE89 3704 0044 0532 0130 00 for moss', 'Pay … for moss', '[personal data]'],
  ['The key is AKIAIOSFODNN7EXAMPLE, hide it', 'The key is …, hide it', '[personal data]'],
  ['I met MIRA\nquill and Ann-Marie there', 'I met … and … there', '[private name]'],
  ['Miranda met nobody in the year 1911', 'Miranda met nobody in the year 1911', 'Miranda met nobody in the year 1911'],
];

for (const [text, replaced, dropped] of PERSONAL) {
  test(`personal data is replaced, or drops the text, as privacy says: ${JSON.stringify(text)}`, () => {
    const names = ['Mira Quill', 'Mira', 'Ann-Marie'];

    assert.equal(cleaned({ privacy: { personalData: 'replace', names } }, text), replaced);
    assert.equal(cleaned({ privacy: { personalData: 'drop', names } }, text), dropped);
  });
}

test('a text longer than a person writes is dropped unread, and its beginning is what is listed of it', () => {
  const longest = 'moss '.repeat((16 << 20) / 5);
  const rules = rulesFor(settingsSchema.parse({ name: 'ada', model: 'starter' }));

  assert.deepEqual(cleanText(`${longest}moss `, POST, rules), {
    droppedBy: 'too long',
    text: longest.slice(0, 1000),
  });
  assert.deepEqual(cleanText(longest, POST, []), { text: longest, changedBy: [] });
});
