/** Exports of any size, made of nothing: the same bytes for the same size. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';

const WORDS =
  'gulls sea lamp oil harbour the a of and to in kettle rain Sunday walk was is quite never perhaps window letter ferry café naïve ☕ 🌊'.split(
    ' ',
  );
const DAY = 86_400_000;

/** A repeatable sequence: mulberry32. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = sequence(4);
const sentence = (words: number) =>
  Array.from({ length: words }, () => WORDS[Math.floor(random() * WORDS.length)]).join(' ');
const timeOf = (index: number) => new Date(Date.UTC(2010, 0) + index * (DAY / 50));

/** A third of the bytes are mails, the rest is what is attached to one mail in thirty: people's mail has more of that. */
function mail(index: number): string {
  const isMine = index % 3 === 0;
  const [from, to] = isMine ? ['mira@sea.example', 'orla@sea.example'] : ['orla@sea.example', 'mira@sea.example'];
  const body = `${sentence(120)}\n\n${sentence(80)}\n\nOn Mon, 2 Jan 2012 at 10:00, Orla Finch wrote:\n> ${sentence(60)}\n> ${sentence(60)}\n`;
  const head = `From ${1500000000000000000n + BigInt(index)}@xxx Mon Jan 02 03:04:05 +0000 2012\nX-GM-THRID: ${index >> 2}\nX-Gmail-Labels: ${isMine ? 'Sent' : 'Inbox'}\nDelivered-To: mira@sea.example\nMessage-ID: <${index}@sea.example>\nDate: ${timeOf(index).toUTCString()}\nFrom: ${from}\nTo: ${to}\nSubject: ${sentence(5)}\nMIME-Version: 1.0\n`;
  if (index % 30 > 0) return `${head}Content-Type: text/plain; charset=utf-8\n\n${body}\n`;
  const attached = Buffer.alloc(90_000, sentence(30)).toString('base64').replace(/.{76}/g, '$&\n');
  return `${head}Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n${body}\n--b\nContent-Type: image/jpeg\nContent-Transfer-Encoding: base64\n\n${attached}\n--b--\n\n`;
}

/** Indented, as the service writes it. A third are answers, to others or, of each ten, to the one before; a third have a link. */
function tweet(index: number): string {
  const id = (number: number) => String(10n ** 18n + BigInt(number));
  const answered = index % 10 === 1 ? '1' : index % 4 === 0 ? '2' : undefined;
  const link = {
    url: `https://t.co/a${index}`,
    expanded_url: `https://sea.example/${index}`,
    display_url: 'sea.example',
    indices: ['0', '23'],
  };
  const value = {
    tweet: {
      edit_info: {
        initial: {
          editTweetIds: [id(index)],
          editableUntil: timeOf(index).toISOString(),
          editsRemaining: '5',
          isEditEligible: true,
        },
      },
      retweeted: false,
      source: '<a href="https://mobile.twitter.com" rel="nofollow">Twitter Web App</a>',
      entities: {
        hashtags: [],
        symbols: [],
        user_mentions:
          answered === '2' ? [{ name: 'Orla', screen_name: 'orla', indices: ['0', '5'], id_str: '2', id: '2' }] : [],
        urls: index % 3 === 0 ? [link] : [],
      },
      display_text_range: [answered === '2' ? '6' : '0', '140'],
      favorite_count: '0',
      ...(answered && {
        in_reply_to_status_id_str: id(index - 1),
        in_reply_to_user_id: answered,
        in_reply_to_status_id: id(index - 1),
        in_reply_to_user_id_str: answered,
        in_reply_to_screen_name: answered === '1' ? 'mira' : 'orla',
      }),
      id_str: id(index),
      truncated: false,
      retweet_count: '0',
      id: id(index),
      created_at: timeOf(index)
        .toUTCString()
        .replace(/^(\w+), (\d+) (\w+) (\d+) ([\d:]+) GMT$/, '$1 $3 $2 $5 +0000 $4'),
      favorited: false,
      full_text: `${answered === '2' ? '@orla ' : ''}${sentence(25)}${index % 3 === 0 ? ` ${link.url}` : ''}`,
      lang: 'en',
    },
  };
  return JSON.stringify(value, null, 2).replaceAll('\n', '\n  ');
}

/** Indented, as Telegram writes it. */
function message(index: number): string {
  const isMine = index % 2 === 0;
  const value = {
    id: index,
    type: 'message',
    date: timeOf(index).toISOString().slice(0, 19),
    date_unixtime: String(Math.floor(timeOf(index).getTime() / 1000)),
    from: isMine ? 'Mira' : 'Orla',
    from_id: isMine ? 'user1' : 'user2',
    text: sentence(15),
    text_entities: [{ type: 'plain', text: sentence(15) }],
  };
  return JSON.stringify(value, null, 1).replaceAll('\n', '\n    ');
}

function blogPost(index: number): string {
  const comments = Array.from(
    { length: 3 },
    (_, number) =>
      `<wp:comment><wp:comment_id>${index * 3 + number}</wp:comment_id><wp:comment_author><![CDATA[Orla]]></wp:comment_author><wp:comment_date_gmt>2012-01-02 03:04:05</wp:comment_date_gmt><wp:comment_content><![CDATA[${sentence(40)}]]></wp:comment_content><wp:comment_approved>1</wp:comment_approved><wp:comment_user_id>0</wp:comment_user_id></wp:comment>`,
  ).join('\n');
  const paragraphs = Array.from(
    { length: 8 },
    () => `<!-- wp:paragraph -->\n<p>${sentence(80)}</p>\n<!-- /wp:paragraph -->`,
  );
  return `<item><title><![CDATA[${sentence(5)}]]></title><link>https://sea.example/${index}</link><dc:creator><![CDATA[mira]]></dc:creator><content:encoded><![CDATA[${paragraphs.join('\n\n')}]]></content:encoded><wp:post_id>${index}</wp:post_id><wp:post_date_gmt>2012-01-02 03:04:05</wp:post_date_gmt><wp:status>publish</wp:status><wp:post_type>post</wp:post_type>${comments}</item>\n`;
}

const WXR_HEAD =
  '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Sea</title><link>https://sea.example</link><wp:wxr_version>1.2</wp:wxr_version><wp:author><wp:author_login><![CDATA[mira]]></wp:author_login><wp:author_display_name><![CDATA[Mira]]></wp:author_display_name></wp:author>\n';

interface Frame {
  readonly head: string;
  readonly item: (index: number) => string;
  readonly between: string;
  readonly tail: string;
}

/** `bytes` of items, in pieces of about a megabyte. */
function* pieces({ head, item, between, tail }: Frame, bytes: number): Generator<Buffer> {
  let written = 0;
  let index = 0;
  let pending = head;
  while (written < bytes) {
    while (pending.length < 1 << 20 && written + pending.length < bytes)
      pending += (index > 0 ? between : '') + item(index++);
    const piece = Buffer.from(pending);
    written += piece.length;
    pending = '';
    yield piece;
  }
  yield Buffer.from(tail);
}

export const MAKERS = {
  mbox: {
    file: 'mail.mbox',
    entry: undefined,
    frame: { head: '', item: mail, between: '', tail: '' },
    me: ['mira@sea.example'],
  },
  wxr: {
    file: 'sea.xml',
    entry: undefined,
    frame: { head: WXR_HEAD, item: blogPost, between: '', tail: '</channel></rss>\n' },
    me: ['mira'],
  },
  'tweets in a zip': {
    file: 'tweets.zip',
    entry: 'data/tweets.js',
    frame: { head: 'window.YTD.tweets.part0 = [\n', item: tweet, between: ',\n', tail: '\n]' },
    me: ['1'],
  },
  'messages in a zip': {
    file: 'messages.zip',
    entry: 'result.json',
    frame: {
      head: '{"personal_information":{"user_id":1},"chats":{"list":[{"name":"Orla","type":"personal_chat","id":2,"messages":[\n',
      item: message,
      between: ',\n',
      tail: '\n]}]}}',
    },
    me: ['user1'],
  },
} as const satisfies Record<
  string,
  { readonly file: string; readonly entry: string | undefined; readonly frame: Frame; readonly me: readonly string[] }
>;
export type Case = keyof typeof MAKERS;

/** Writes the export to `folder` and returns its path. */
export async function makeExport(name: Case, folder: string, bytes: number): Promise<string> {
  const { file, entry, frame } = MAKERS[name];
  const target = path.join(folder, file);
  const content = Readable.from(pieces(frame, bytes));
  if (entry === undefined) {
    await pipeline(content, createWriteStream(target));
    return target;
  }
  const zip = new ZipFile();
  const written = zip.outputStream.pipe(createWriteStream(target));
  zip.addReadStream(content, entry);
  if (entry.startsWith('data/')) zip.addBuffer(Buffer.from(ACCOUNT), 'data/account.js');
  zip.end();
  await once(written, 'finish');
  return target;
}

const ACCOUNT = 'window.YTD.account.part0 = [ { "account" : { "username" : "mira", "accountId" : "1" } } ]';
