import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordpress } from '../../../src/archive/formats/wordpress.ts';
import { countsOf, fixtureFiles, inMemory, readAll, rowsOf } from '../in-memory-export.ts';
import { assertSurvives } from '../mutated.ts';

const files = fixtureFiles('wordpress');
const [NEW = '', OLD = ''] = Object.keys(files);

test('own articles, pages and comments of a split export, old and new; those of others only under own articles', async () => {
  const archive = inMemory(files);

  assert.ok(await wordpress.detect(archive));
  assert.deepEqual(rowsOf(await readAll(wordpress, archive, ['Mira@kettles.example'])), [
    'mine | mira | 2020-03-01T09:00:00.000Z | <p>A lamp needs oil; A&nbsp;]]> is no end.</p>\n<div><ul><li>wick</li></ul></div>\n<p>And patience.</p>',
    'theirs | A reader | 2020-03-01T12:00:00.000Z | <p>Which oil?</p>',
    'mine | mira | 2020-03-01T13:00:00.000Z | <p>Olive,<br>\nthen.</p>',
    'mine | mira | 2020-04-01T12:00:00.000Z | <p>Well put, Orla.</p>',
    'mine | mira | 2020-06-01T09:00:00.000Z | <p>Only with a password.</p>',
    'mine | mira | 2020-06-02T09:00:00.000Z | <p>A private page.</p>',
    'mine | mira | 2006-01-02T15:04:05.000Z | <p>First line<br>\nsecond line, with [sic] and [gallery] and a control sign.</p>\n<p>A paragraph &amp; built.</p>\n<p>Last.</p>',
    'mine | mira | 2006-02-03T04:05:06.000Z | <p>Not <b>escaped</b> at all</p>',
  ]);
});

test('of several authors it is asked who is meant; a single one is the owner', async () => {
  assert.deepEqual(await wordpress.owner(inMemory(files)), []);
  assert.deepEqual(await wordpress.owner(inMemory({ [OLD]: files[OLD]! })), ['mira']);
  assert.equal((await readAll(wordpress, inMemory({ [NEW]: files[NEW]! }))).posts.length, 0);
  assert.deepEqual(
    (await readAll(wordpress, inMemory(files), ['orla'])).posts.filter(({ mine }) => mine).map(({ text }) => text),
    ['<p>Words by Orla.</p>'],
  );
});

test('ids name the site and outlive its move to https; comments name what they answer', async () => {
  const { posts } = await readAll(wordpress, inMemory(files), ['mira']);

  assert.deepEqual(
    posts.map(({ id, inReplyTo, visibility }) => [id, inReplyTo, visibility]),
    [
      ['kettles.example?p=11', undefined, 'public'],
      ['kettles.example?p=11#comment-1', 'kettles.example?p=11', 'public'],
      ['kettles.example?p=11#comment-2', 'kettles.example?p=11#comment-1', 'public'],
      ['kettles.example?p=12#comment-5', 'kettles.example?p=12', 'public'],
      ['kettles.example?p=16', undefined, 'private'],
      ['kettles.example?p=17', undefined, 'private'],
      ['kettles.example?p=1', undefined, 'public'],
      ['kettles.example?p=2', undefined, 'public'],
    ],
  );
  assert.deepEqual([posts[0]?.title, posts[0]?.tags, posts[0]?.language], ['Of lamps & oil', ['Oil & wicks'], 'en-GB']);
});

test('drafts, attachments, reblogs, page builders and pingbacks are counted', async () => {
  assert.deepEqual(countsOf(await readAll(wordpress, inMemory(files), ['mira'])), {
    'by another': 2,
    'comment held back': 1,
    draft: 1,
    'no text': 1,
    'of type attachment': 1,
    pingback: 1,
    reblog: 1,
    trashed: 1,
  });
});

test('no addresses of people or machines are passed on', async () => {
  const { posts } = await readAll(wordpress, inMemory(files), ['mira']);

  assert.doesNotMatch(JSON.stringify(posts), /192\.0\.2\.1|@/);
});

test('a feed that is no export is not taken for one', async () => {
  assert.equal(await wordpress.detect(inMemory({ 'feed.xml': '<?xml version="1.0"?><rss><channel/></rss>' })), false);
});

test('damaged exports are omissions or a line for the person, never a crash', async () => {
  await assertSurvives(wordpress, files, ['mira'], 80);
});

test('an export split into hundreds of files is read whole', async () => {
  const names = Array.from({ length: 301 }, (_, index) => index);
  const part = (id: number) =>
    `<rss xmlns:wp="http://wordpress.org/export/1.2/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><item><dc:creator>mira</dc:creator><wp:post_id>${id}</wp:post_id><wp:post_type>post</wp:post_type><wp:status>publish</wp:status><content:encoded>Number ${id}</content:encoded></item></channel></rss>`;

  const { posts } = await readAll(wordpress, inMemory(Object.fromEntries(names.map((id) => [`${id}.xml`, part(id)]))));

  assert.equal(posts.filter(({ mine }) => mine).length, 301);
});

const item = (fields: string) =>
  `<item><dc:creator>mira</dc:creator><wp:post_id>7</wp:post_id><content:encoded><![CDATA[Lantern]]></content:encoded>${fields}</item>`;
const wxr = (items: string) =>
  `<rss xmlns:wp="http://wordpress.org/export/1.2/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><wp:base_blog_url>https://kettles.example</wp:base_blog_url>${items}</channel></rss>`;
const read = (fields: string) => readAll(wordpress, inMemory({ 'a.xml': wxr(item(fields)) }));

for (const [status, omitted, visibility] of [
  ['publish', undefined, 'public'],
  ['private', undefined, 'private'],
  ['draft', 'draft', undefined],
  ['auto-draft', 'draft', undefined],
  ['pending', 'draft', undefined],
  ['future', 'draft', undefined],
  ['inherit', 'draft', undefined],
  ['trash', 'trashed', undefined],
] as const) {
  test(`an article that is ${status} is ${omitted === undefined ? visibility : 'left out'}`, async () => {
    const { posts, omissions } = await read(`<wp:status>${status}</wp:status>`);

    assert.deepEqual([posts[0]?.visibility, omissions[0]?.omitted], [visibility, omitted]);
  });
}

for (const type of ['attachment', 'revision', 'nav_menu_item', 'wp_block', 'custom_css', 'wp_global_styles']) {
  test(`what is of type ${type} is no article`, async () => {
    const reading = await read(`<wp:status>publish</wp:status><wp:post_type>${type}</wp:post_type>`);

    assert.deepEqual([reading.posts, countsOf(reading)], [[], { [`of type ${type}`]: 1 }]);
  });
}

const ZERO = '0000-00-00 00:00:00';
for (const [gmt, published, local, time] of [
  ['2020-03-01 09:00:00', 'Sun, 01 Mar 2020 10:00:00 +0000', '2020-03-01 11:00:00', '2020-03-01T09:00:00.000Z'],
  [ZERO, 'Sun, 01 Mar 2020 12:00:00 +0200', '2020-03-01 11:00:00', '2020-03-01T10:00:00.000Z'],
  [ZERO, 'Mon, 30 Nov -0001 00:00:00 +0000', '2020-03-01 11:00:00', '2020-03-01T11:00:00.000Z'],
  ['', '', '2020-03-01 11:00:00', '2020-03-01T11:00:00.000Z'],
  [ZERO, '', ZERO, null],
] as const) {
  test(`an article of "${gmt}" in GMT, "${published}" in the feed and "${local}" there is of ${time}`, async () => {
    const { posts } = await read(
      `<wp:post_date_gmt>${gmt}</wp:post_date_gmt><pubDate>${published}</pubDate><wp:post_date>${local}</wp:post_date>`,
    );

    assert.deepEqual(
      posts.map((post) => post.time),
      [time],
    );
  });
}

test('the time of a comment is that in GMT, else that of the site', async () => {
  const comment = (id: number, dates: string) =>
    `<wp:comment><wp:comment_id>${id}</wp:comment_id><wp:comment_author>A</wp:comment_author><wp:comment_approved>1</wp:comment_approved><wp:comment_content>So</wp:comment_content>${dates}</wp:comment>`;

  const { posts } = await read(
    comment(
      1,
      '<wp:comment_date>2020-03-01 11:00:00</wp:comment_date><wp:comment_date_gmt>2020-03-01 09:00:00</wp:comment_date_gmt>',
    ) +
      comment(
        2,
        `<wp:comment_date>2020-03-01 11:00:00</wp:comment_date><wp:comment_date_gmt>${ZERO}</wp:comment_date_gmt>`,
      ),
  );

  assert.deepEqual(
    posts.slice(1).map(({ time }) => time),
    ['2020-03-01T09:00:00.000Z', '2020-03-01T11:00:00.000Z'],
  );
});
