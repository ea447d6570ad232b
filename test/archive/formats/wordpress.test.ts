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
