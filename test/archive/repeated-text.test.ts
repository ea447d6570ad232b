/** No message keeps a reader for long: what repeats itself is what drives regular expressions mad. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { discordWords } from '../../src/archive/discord-text.ts';
import { textOfMailHtml } from '../../src/archive/mail-html.ts';
import { withoutQuotedLines } from '../../src/archive/markdown-quotes.ts';
import { isSystemLine } from '../../src/archive/meta-system-line.ts';
import { withoutMojibake } from '../../src/archive/mojibake.ts';
import { hasWords, wordsOf } from '../../src/archive/own-html.ts';
import { ownWords as ownMailWords } from '../../src/archive/quoted-reply.ts';
import { fromSpelled } from '../../src/archive/spelled-date.ts';
import { ownPart } from '../../src/archive/tumblr-ladder.ts';
import { openingOf } from '../../src/archive/whatsapp-line.ts';
import { senderWords } from '../../src/archive/whatsapp-text.ts';
import { ownContent } from '../../src/archive/wordpress-content.ts';
import { ownWords, parseTweet, reasonToOmit } from '../../src/archive/x-tweet.ts';

/** As long as a document may be that is read without a limit on its time. */
const LONG = 16 << 10; // characters

const tweet = (text: string) => {
  const parsed = parseTweet({ id: '1', full_text: text, in_reply_to_user_id_str: '2' })!;
  return [reasonToOmit(parsed), ownWords(parsed)];
};

const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  discordWords,
  textOfMailHtml,
  withoutQuotedLines,
  withoutMojibake,
  hasWords,
  wordsOf,
  ownMailWords,
  fromSpelled,
  ownPart,
  openingOf,
  senderWords,
  ownContent,
  tweet,
  isSystemLine: (text) => isSystemLine(text, 'Mira'),
};

const piece = fc.constantFrom(
  ...['a', ' ', '\n', '>', '<', '&', ':', '-', '[', ']', '(', ')', '"', '“', '.', '1', '@a', '#', '*', '```', '||'],
  ...['https://', 'http://a', 'https://t.co/a', 'twitter.com/a/status/1', 'RT @a', '"@a:', '> ', '>>> ', '-- \n'],
  ...['<p>', '</p>', '<b', '<blockquote>', '</blockquote>', '<!--', '-->', '<!-- wp:quote -->', '[caption a=b]'],
  ...[
    'On ',
    ' wrote:\n',
    'From: ',
    'Von: ',
    '<@1>',
    '<:a:1>',
    '\u200e',
    '\u00c3\u00a9',
    '3/4/21, 10:00 - A: ',
    'a.jpg (',
  ],
  ...['&amp;', '&#x1c;', ' via @a', 'Ann named the group "', '2018', ' June ', '\ufeff', '\t', '😀'],
);

for (const [name, read] of Object.entries(READERS)) {
  test(`${name} takes no time, whatever a text repeats`, () => {
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 3 }), piece, (pieces, end) => {
        const unit = pieces.join('');
        const attack = unit.repeat(Math.ceil(LONG / unit.length)) + end;
        const started = process.cpuUsage();

        read(attack);

        const { user } = process.cpuUsage(started);
        assert.ok(user < 1_500_000, `${JSON.stringify([unit, end])} took ${user / 1000} ms`);
      }),
      { numRuns: 150, examples: [[['>>> ', '“'], ']']] }, // each ">" once began a search through all that follow
    );
  });
}
