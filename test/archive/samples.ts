/**
 * A small export of every format, by Mira Quill. Each line that she wrote has the word "lantern"; each line by others, in
 * every way in which that format mixes it with hers, has the word "magpie".
 */
import { create as tid } from '@atcute/tid';
import type { Format } from '../../src/archive/format.ts';
import { FORMATS } from '../../src/archive/formats.ts';
import { writtenFormats } from '../../src/archive/written-formats.ts';
import { carOf } from './bluesky-car.ts';
import { type Files, inMemory } from './in-memory-export.ts';

export interface Sample {
  readonly title: string;
  readonly format: Format;
  readonly files: Files;
  readonly me: readonly string[];
  /** How many texts in it are hers. */
  readonly mine: number;
}

const js = (name: string, items: readonly object[]) => `window.YTD.${name}.part0 = ${JSON.stringify(items)}`;
const tweet = (id: number, full_text: string, more: object = {}) => ({
  tweet: { id_str: `${id}`, created_at: 'Wed Oct 10 20:19:24 +0000 2018', full_text, ...more },
});
const dm = (id: number, senderId: string, text: string) => ({
  messageCreate: { id: `${id}`, senderId, text, createdAt: '2020-05-01T10:00:00.123Z', urls: [] },
});

const X: Files = {
  'data/account.js': js('account', [{ account: { accountId: '42', username: 'mira' } }]),
  'data/tweets.js': js('tweets', [
    tweet(1001, 'A lantern in the rain'),
    tweet(1002, 'RT @orla: a magpie on the roof'),
    tweet(1003, 'My lantern agrees RT @orla: said the magpie'),
    tweet(1004, 'Of the lantern “@orla: a magpie”'),
    tweet(1005, '@orla the lantern, again', { in_reply_to_status_id_str: '77', in_reply_to_user_id_str: '99' }),
    tweet(1006, 'I liked a @YouTube video: magpie songs'),
  ]),
  'data/article.js': js('article', [
    {
      article: {
        id: '5',
        title: 'Lantern',
        createdAt: '2024-02-03T04:05:06.000Z',
        content: {
          blocks: [
            { text: 'A lantern at length.', type: 'unstyled' },
            { text: 'Says the magpie.', type: 'blockquote' },
          ],
        },
      },
    },
  ]),
  'data/like.js': js('like', [{ like: { tweetId: '5', fullText: 'a magpie, liked' } }]),
  'data/direct-messages.js': js('direct_messages', [
    { dmConversation: { conversationId: '42-99', messages: [dm(1, '99', 'magpie?'), dm(2, '42', 'No, a lantern')] } },
  ]),
};

const note = (id: number, content: string, more: object = {}) => ({
  type: 'Create',
  actor: 'https://tea.example/users/mira',
  object: {
    id: `https://tea.example/users/mira/statuses/${id}`,
    type: 'Note',
    attributedTo: 'https://tea.example/users/mira',
    published: '2020-03-01T08:00:00Z',
    to: ['as:Public'],
    content,
    ...more,
  },
});

const MASTODON: Files = {
  'actor.json': JSON.stringify({ id: 'https://tea.example/users/mira', preferredUsername: 'mira' }),
  'outbox.json': JSON.stringify({
    type: 'OrderedCollection',
    orderedItems: [
      note(1, '<p>A lantern</p>'),
      note(2, '<p>So says my lantern</p><blockquote><p>a magpie</p></blockquote>'),
      note(3, '<p class="quote-inline">RE: magpie</p><p>Another lantern</p>'),
      note(4, '<p>a magpie speaks</p>', { attributedTo: 'https://other.example/users/orla' }),
      {
        type: 'Announce',
        actor: 'https://tea.example/users/mira',
        object: { ...note(5, '<p>magpie</p>').object, attributedTo: 'https://other.example/users/orla' },
      },
    ],
  }),
};

const table = (...rows: readonly (readonly string[])[]) =>
  rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\n');
const REDDIT_POST = 'https://www.reddit.com/r/kettles/comments/abc123/of_oil/';

const REDDIT: Files = {
  'statistics.csv': table(['statistic', 'value'], ['account name', 'mira_quill']),
  'comments.csv': table(
    ['id', 'permalink', 'date', 'ip', 'subreddit', 'gildings', 'link', 'parent', 'body', 'media'],
    ['k1', REDDIT_POST, '2025-05-18 04:35:32 UTC', '', 'kettles', '0', REDDIT_POST, '', '> a magpie\n\nA lantern', ''],
    ['k2', REDDIT_POST, '2025-05-18 04:36:32 UTC', '', 'kettles', '0', REDDIT_POST, '', '&gt; a magpie', ''],
  ),
  'posts.csv': table(
    ['id', 'permalink', 'date', 'ip', 'subreddit', 'gildings', 'title', 'url', 'body'],
    [
      'p1',
      '/r/k/comments/p1/',
      '2024-01-02 03:04:05 UTC',
      '',
      'k',
      '0',
      'My lantern',
      '/r/k/comments/p1/',
      'It is a lantern',
    ],
    [
      'p2',
      '/r/k/comments/p2/',
      '2024-01-02 03:04:05 UTC',
      '',
      'k',
      '0',
      'Magpie steals',
      'https://news.example/magpie',
      '',
    ],
    [
      'p3',
      '/r/k/comments/p3/',
      '2024-01-02 03:04:05 UTC',
      '',
      'k',
      '0',
      'magpie',
      '/r/k/comments/zz/magpie/',
      'magpie',
    ],
  ),
  'messages.csv': table(
    ['id', 'permalink', 'thread_id', 'date', 'ip', 'from', 'to', 'subject', 'body'],
    ['m1', '', 'm1', '2024-02-01 10:00:00 UTC', '', 'orla', 'mira_quill', 'Hello', 'Is it a magpie?'],
    ['m2', '', 'm1', '2024-02-01 11:00:00 UTC', '', 'mira_quill', 'orla', 'Hello', '> Is it a magpie?\n\nA lantern.'],
  ),
};

const tumblrPost = (id: string, more: object) => ({
  id_string: id,
  blog_name: 'mira-mends',
  state: 'published',
  timestamp: 1426802636,
  reblog_key: 'k',
  ...more,
});
const text = (words: string) => ({ type: 'text', text: words });

const TUMBLR: Files = {
  'dump.json': JSON.stringify({
    response: {
      blog: { name: 'mira-mends' },
      posts: [
        tumblrPost('1', { type: 'text', body: '<p>A lantern</p><blockquote>a magpie</blockquote>' }),
        tumblrPost('2', { type: 'quote', text: 'a magpie', source: 'magpie' }),
        tumblrPost('3', {
          type: 'text',
          reblogged_from_id: '77',
          title: 'magpie',
          body: '<p>magpie</p><p>A lantern too</p>',
          reblog: { tree_html: '<p>magpie</p>', comment: '<p>A lantern too</p>' },
          trail: [
            { blog: { name: 'orla' }, post: { id: '77' }, content_raw: '<p>magpie</p>' },
            { blog: { name: 'mira-mends' }, is_current_item: true, content_raw: '<p>A lantern too</p>' },
          ],
        }),
        tumblrPost('4', { type: 'answer', asking_name: 'orla', question: 'a magpie?', answer: '<p>A lantern.</p>' }),
        tumblrPost('5', {
          type: 'blocks',
          content: [text('lantern, in blocks')],
          trail: [{ blog: { name: 'orla' }, post: { id: '78' }, content: [text('a magpie, in blocks')] }],
        }),
        tumblrPost('6', { type: 'chat', body: 'Orla: a magpie' }),
        tumblrPost('7', { type: 'text', body: '<p>a magpie wrote in</p>', is_submission: true }),
      ],
    },
  }),
};

const wxrItem = (
  id: number,
  creator: string,
  html: string,
  comments = '',
) => `<item><title>${creator === 'mira' ? 'Lantern' : 'Magpie'}</title>
<dc:creator>${creator}</dc:creator><content:encoded><![CDATA[${html}]]></content:encoded><wp:post_id>${id}</wp:post_id>
<wp:post_date_gmt>2020-03-01 09:00:00</wp:post_date_gmt><wp:status>publish</wp:status><wp:post_type>post</wp:post_type>${comments}</item>`;
const wxrComment = (id: number, author: string, user: number, words: string) =>
  `<wp:comment><wp:comment_id>${id}</wp:comment_id><wp:comment_author>${author}</wp:comment_author><wp:comment_user_id>${user}</wp:comment_user_id><wp:comment_approved>1</wp:comment_approved><wp:comment_content>${words}</wp:comment_content></wp:comment>`;

const WORDPRESS: Files = {
  'blog.xml': `<?xml version="1.0"?><rss xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/"><channel>
<wp:base_blog_url>https://kettles.example</wp:base_blog_url>
<wp:author><wp:author_id>1</wp:author_id><wp:author_login>mira</wp:author_login></wp:author><wp:author><wp:author_id>2</wp:author_id><wp:author_login>orla</wp:author_login></wp:author>
${wxrItem(1, 'mira', '<p>A lantern</p><blockquote>a magpie</blockquote><pre>magpie()</pre>', wxrComment(1, 'Orla', 2, 'a magpie') + wxrComment(2, 'Mira', 1, 'no, a lantern'))}
${wxrItem(2, 'orla', '<p>a magpie</p>', wxrComment(3, 'Mira', 1, 'and a lantern'))}
${wxrItem(3, 'mira', '<!-- wp:quote --><blockquote>a magpie</blockquote><!-- /wp:quote --><!-- wp:paragraph --><p>my lantern</p><!-- /wp:paragraph -->')}
</channel></rss>`,
};

const atomEntry = (id: string, kind: string, author: string, html: string, parent = '') =>
  `<entry><id>${id}</id><blogger:type>${kind}</blogger:type><blogger:status>LIVE</blogger:status>${parent && `<blogger:parent>${parent}</blogger:parent>`}<author><name>${author}</name></author><title>${author === 'Orla' ? 'Magpie' : 'Lantern'}</title><content type='html'>${html.replaceAll('<', '&lt;')}</content><published>2020-03-01T10:00:00Z</published></entry>`;

const BLOGGER: Files = {
  'feed.atom': `<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom' xmlns:blogger='http://schemas.google.com/blogger/2018'>
${atomEntry('p1', 'POST', 'Mira Quill', '<p>A lantern</p><blockquote>a magpie</blockquote>')}
${atomEntry('c1', 'COMMENT', 'Orla', 'a magpie?', 'p1')}
${atomEntry('c2', 'COMMENT', 'Mira Quill', 'a lantern.', 'p1')}
${atomEntry('p2', 'POST', 'Orla', '<p>a magpie</p>')}
</feed>`,
};

const skeet = (words: string, more: object = {}) => ({
  $type: 'app.bsky.feed.post',
  text: words,
  createdAt: '2023-05-01T10:00:00Z',
  ...more,
});
const key = (second: number) => tid(Date.UTC(2023, 4, 1, 10, 0, second) * 1000, 0);
const LINK = { uri: 'at://did:plc:orla/app.bsky.feed.post/3kmagpie', cid: 'bafyreimagpie' };

const BLUESKY: Files = {
  'repo.car': await carOf(
    'did:plc:mira',
    {
      [`app.bsky.feed.post/${key(1)}`]: skeet('A lantern'),
      [`app.bsky.feed.post/${key(2)}`]: skeet('Your lantern', {
        embed: { $type: 'app.bsky.embed.record', record: LINK },
      }),
      [`app.bsky.feed.repost/${key(3)}`]: { $type: 'app.bsky.feed.repost', subject: LINK },
      [`app.bsky.feed.like/${key(4)}`]: { $type: 'app.bsky.feed.like', subject: LINK },
    },
    { strays: [skeet('a magpie that no key leads to')] },
  ),
};

const mail = (from: string, body: string, id: number) =>
  `From 1@xxx Thu Apr 16 09:53:04 +0000 2015\nX-Gmail-Labels: ${from.startsWith('Mira') ? 'Sent' : 'Inbox'}\nFrom: ${from}\nTo: x@mail.example\nSubject: Re: hello\nMessage-ID: <${id}@mail.example>\nDate: Thu, 16 Apr 2015 09:53:04 +0000\nContent-Type: text/plain; charset=utf-8\n\n${body}\n\n`;

const GMAIL: Files = {
  'All.mbox':
    mail('Mira Quill <mira@mail.example>', 'A lantern.\n\nOn Mon, Orla <orla@mail.example> wrote:\n> a magpie', 1) +
    mail('Orla <orla@mail.example>', 'a magpie', 2) +
    mail(
      'Mira Quill <mira@mail.example>',
      'The lantern.\n\n---------- Forwarded message ---------\nFrom: Orla\n\na magpie',
      3,
    ),
};

const chat = (author: string, email: string, words: string, id: number, more: object = {}) => ({
  creator: { name: author, email, user_type: 'Human' },
  created_date: 'Sunday, November 18, 2018 at 6:02:21 PM UTC',
  text: words,
  topic_id: 't',
  message_id: `m/${id}`,
  ...more,
});

const GOOGLE_CHAT: Files = {
  'Google Chat/Users/User 1/user_info.json': JSON.stringify({ user: { name: 'Mira', email: 'mira@mail.example' } }),
  'Google Chat/Groups/DM 1/messages.json': JSON.stringify({
    messages: [
      chat('Orla', 'orla@mail.example', 'a magpie?', 1),
      chat('Mira', 'mira@mail.example', 'a lantern', 2, { quoted_message_metadata: { text: 'a magpie?' } }),
      chat('Mira', 'mira@mail.example', 'two lanterns', 3),
    ],
  }),
};

const said = (who: string, words: string, number: number) => ({
  sender_id: { gaia_id: who, chat_id: who },
  timestamp: `152782600304632${number}`,
  event_type: 'REGULAR_CHAT_MESSAGE',
  event_id: `e${number}`,
  chat_message: { message_content: { segment: [{ type: 'TEXT', text: words }] } },
});

const HANGOUTS: Files = {
  'Hangouts.json': JSON.stringify({
    conversations: [
      {
        conversation: {
          conversation_id: { id: 'c' },
          conversation: {
            self_conversation_state: { self_read_state: { participant_id: { gaia_id: '1', chat_id: '1' } } },
            participant_data: [],
          },
        },
        events: [said('2', 'a magpie', 1), said('1', 'a lantern', 2), said('1', 'and a lantern', 3)],
      },
    ],
  }),
};

const meta = (sender_name: string, content: string, second: number) => ({
  sender_name,
  content,
  timestamp_ms: 1_600_000_000_000 + second * 1000,
});
const THREAD = JSON.stringify({
  participants: [{ name: 'Orla' }, { name: 'Mira' }],
  messages: [meta('Orla', 'a magpie', 1), meta('Mira', 'a lantern', 2), meta('Mira', 'Reacted x to your message ', 3)],
});

const FACEBOOK: Files = {
  'profile_information/profile_information.json': JSON.stringify({ profile_v2: { name: { full_name: 'Mira' } } }),
  'posts/your_posts_1.json': JSON.stringify([
    { timestamp: 1600000000, title: 'Mira shared a magpie.', data: [{ post: 'A lantern' }] },
    {
      timestamp: 1600000001,
      title: 'Mira shared a magpie.',
      attachments: [{ data: [{ external_context: { name: 'magpie' } }] }],
    },
  ]),
  'comments/comments.json': JSON.stringify({
    comments_v2: [
      { timestamp: 1, title: 'magpie', data: [{ comment: { timestamp: 1, comment: 'a lantern', author: 'Mira' } }] },
      { timestamp: 2, title: 'magpie', data: [{ comment: { timestamp: 2, comment: 'a magpie', author: 'Orla' } }] },
    ],
  }),
  'messages/inbox/orla_1/message_1.json': THREAD,
};

const INSTAGRAM: Files = {
  'instagram-mira/personal_information/personal_information/personal_information.json': JSON.stringify({
    profile_user: [{ string_map_data: { Username: { value: 'mira_q' }, Name: { value: 'Mira' } } }],
  }),
  'instagram-mira/media/posts_1.json': JSON.stringify([
    { media: [{ uri: 'a.jpg', creation_timestamp: 1600000000, title: 'A lantern' }] },
  ]),
  'instagram-mira/comments/post_comments_1.json': JSON.stringify([
    {
      string_map_data: {
        Comment: { value: 'The lantern!' },
        'Media Owner': { value: 'magpie' },
        Time: { timestamp: 1 },
      },
    },
  ]),
  'instagram-mira/messages/inbox/orla_1/message_1.json': THREAD,
};

const telegramMessage = (id: number, from_id: string, words: unknown, more: object = {}) => ({
  id,
  type: 'message',
  date: '2021-03-01T10:00:00',
  date_unixtime: '1614589200',
  from: from_id === 'user1' ? 'Mira' : 'Orla',
  from_id,
  text: words,
  ...more,
});

const TELEGRAM: Files = {
  'result.json': JSON.stringify({
    personal_information: { user_id: 1, first_name: 'Mira' },
    chats: {
      list: [
        {
          type: 'personal_chat',
          id: 2,
          messages: [
            telegramMessage(1, 'user2', 'a magpie'),
            telegramMessage(2, 'user1', ['a lantern', { type: 'blockquote', text: 'a magpie' }]),
            telegramMessage(3, 'user1', 'a magpie', { forwarded_from: 'Orla' }),
            telegramMessage(4, 'user1', 'magpie!', { via_bot: '@bird' }),
            telegramMessage(5, 'user1', 'lantern, last'),
          ],
        },
      ],
    },
  }),
};

const WHATSAPP: Files = {
  'WhatsApp Chat with Orla.txt':
    '31/12/2021, 22:05 - Orla: a magpie\n31/12/2021, 22:06 - Mira: a lantern\nand lantern oil\n31/12/2021, 22:07 - Orla added magpie\n31/12/2021, 22:08 - Mira: my lantern\n31/12/2021, 22:09 - Orla: of a magpie\nMira: says magpie',
};

const discordMessage = (ID: string, Contents: string) => ({
  ID,
  Timestamp: '2021-10-13 15:35:46',
  Contents,
  Attachments: '',
});

const DISCORD: Files = {
  'Account/user.json': '{"id": "300100200300400500"}',
  'Messages/c897870239797215243/channel.json': '{"id": "897870239797215243", "type": "DM", "recipients": []}',
  'Messages/c897870239797215243/messages.json': JSON.stringify([
    discordMessage('897870239797215244', '> a magpie\na lantern'),
    discordMessage('897870239797215245', 'a second lantern'),
    discordMessage('897870239797215246', '>>> a magpie'),
  ]),
};

const savedMessage = (id: string, author: string, content: string, isBot = false) => ({
  id,
  type: 'Default',
  timestamp: '2023-04-24T10:00:00.001+02:00',
  content,
  author: { id: author, name: author, isBot },
});

const SAVED_CHANNEL: Files = {
  'channel [897870239797215299].json': JSON.stringify({
    guild: { id: '7' },
    channel: { id: '897870239797215299', type: 'GuildTextChat' },
    messages: [
      savedMessage('1', 'orla', 'a magpie'),
      savedMessage('2', 'mira', '> a magpie\na lantern'),
      savedMessage('3', 'mira', 'one lantern more'),
      savedMessage('4', 'bird', 'magpie', true),
    ],
  }),
};

const CHAPTER = 'The lantern burned, and the lantern went out, and nobody counted how often that was. '.repeat(4);

const written = ((): Readonly<Record<string, Omit<Sample, 'title' | 'format'>>> => ({
  text: {
    files: { 'a.txt': 'A lantern.', 'b.txt': 'Another lantern.', 'LICENSE.txt': 'Granted to the magpie' },
    me: ['me'],
    mine: 2,
  },
  markdown: {
    files: {
      'a.md': 'A lantern.',
      'b.md': '---\nauthor: Mira\n---\n> What the magpie said,\nand how it went on, the magpie\n\nThe lantern.',
      'guest.md': '---\nauthor: Orla\n---\nA magpie.',
    },
    me: ['Mira'],
    mine: 2,
  },
  csv: {
    files: { 'a.csv': 'author,text\nMira,A lantern\nOrla,A magpie\nMira,My lantern\n,An unsigned magpie\n' },
    me: ['Mira'],
    mine: 2,
  },
  jsonl: {
    files: {
      'a.jsonl':
        '{"text":"A lantern"}\n{"author":"Orla","text":"A magpie"}\n{"author":"Mira","text":"My lantern"}\n{"author":null,"text":"Whose magpie?"}\n',
    },
    me: ['Mira'],
    mine: 2,
  },
  epub: {
    files: {
      mimetype: 'application/epub+zip',
      'META-INF/container.xml': '<container><rootfiles><rootfile full-path="c.opf"/></rootfiles></container>',
      'c.opf':
        '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:identifier>urn:l</dc:identifier><dc:title>Lanterns</dc:title></metadata><manifest><item id="n" href="n.xhtml" properties="nav"/><item id="a" href="a.xhtml"/><item id="b" href="b.xhtml"/><item id="l" href="l.xhtml"/></manifest><spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/><itemref idref="l"/></spine></package>',
      'n.xhtml': `<html><body>magpie ${CHAPTER}</body></html>`,
      'a.xhtml': `<html><body><p>${CHAPTER}</p></body></html>`,
      'b.xhtml': `<html><body><p>Two. ${CHAPTER}</p></body></html>`,
      'l.xhtml': `<html><body><h1>THE FULL PROJECT GUTENBERG LICENSE</h1><p>magpie ${CHAPTER}</p></body></html>`,
    },
    me: ['Mira'],
    mine: 2,
  },
  html: {
    files: {
      'a.html': '<body><nav>magpie</nav><article><p>A lantern</p></article><footer>magpie</footer></body>',
      'b.html':
        '<body><nav>magpie</nav><main><p>My lantern</p><blockquote class="twitter-tweet">A magpie</blockquote></main></body>',
    },
    me: ['Mira'],
    mine: 2,
  },
}))();

const OF_SERVICES: Readonly<Record<string, readonly Omit<Sample, 'title' | 'format'>[]>> = {
  discord: [
    { files: DISCORD, me: [], mine: 2 },
    { files: SAVED_CHANNEL, me: ['mira'], mine: 2 },
  ],
  facebook: [{ files: FACEBOOK, me: [], mine: 3 }],
  gmail: [{ files: GMAIL, me: ['mira@mail.example'], mine: 2 }],
  'google-chat': [{ files: GOOGLE_CHAT, me: [], mine: 2 }],
  hangouts: [{ files: HANGOUTS, me: [], mine: 2 }],
  instagram: [{ files: INSTAGRAM, me: [], mine: 3 }],
  telegram: [{ files: TELEGRAM, me: [], mine: 2 }],
  whatsapp: [{ files: WHATSAPP, me: ['Mira'], mine: 2 }],
  x: [{ files: X, me: [], mine: 6 }],
  mastodon: [{ files: MASTODON, me: [], mine: 3 }],
  bluesky: [{ files: BLUESKY, me: [], mine: 2 }],
  wordpress: [{ files: WORDPRESS, me: ['mira'], mine: 4 }],
  blogger: [{ files: BLOGGER, me: ['Mira Quill'], mine: 2 }],
  reddit: [{ files: REDDIT, me: [], mine: 3 }],
  tumblr: [{ files: TUMBLR, me: [], mine: 4 }],
};

/** A format that has none here has an empty list, which the tests notice. */
export const SAMPLES: readonly { readonly name: string; readonly samples: readonly Sample[] }[] = [
  ...FORMATS,
  ...writtenFormats(),
].map((format) => {
  const samples = OF_SERVICES[format.name] ?? (written[format.name] ? [written[format.name]!] : []);
  return {
    name: format.name,
    samples: samples.map((sample, index) => ({
      ...sample,
      format,
      title: index === 0 ? format.name : `${format.name}, ${index + 1}`,
    })),
  };
});

export function archiveOf({ files }: Sample) {
  return inMemory(files);
}
