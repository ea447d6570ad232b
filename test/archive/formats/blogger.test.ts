import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blogger } from '../../../src/archive/formats/blogger.ts';
import { countsOf, fixtureFiles, inMemory, readAll, rowsOf } from '../in-memory-export.ts';
import { assertSurvives } from '../mutated.ts';

const takeout = fixtureFiles('blogger');
const backup = fixtureFiles('blogger-backup');

test('feeds of Takeout: posts, pages, own comments here and elsewhere, with the comments that they answer', async () => {
  const archive = inMemory(takeout);

  assert.ok(await blogger.detect(archive));
  assert.deepEqual(await blogger.owner(archive), ['Mira Quill']);
  assert.deepEqual(rowsOf(await readAll(blogger, archive)), [
    'mine | Mira Quill | 2020-03-01T08:00:00.123Z | <div class="separator"><a href="x.jpg"><img src="x.jpg"/></a></div>First line<br />second &amp; last',
    'theirs | A reader | 2020-03-01T10:00:00.000Z | Which oil?',
    'mine | Mira Quill | 2020-03-01T11:00:00.000Z | Olive.',
    'mine | Mira Quill | 2019-03-01T11:00:00.000Z | <div><p>I mend <b>kettles</b>.</p></div>',
    'mine | Mira Quill | 2020-05-01T11:00:00.000Z | 1 &lt; 2, as you say',
  ]);
});

test('drafts, what was thrown away, and spam are counted', async () => {
  assert.deepEqual(countsOf(await readAll(blogger, inMemory(takeout))), {
    'comment held back': 1,
    draft: 1,
    trashed: 1,
  });
});

test('a backup of a blog by two: it is asked who is meant, and a namesake is not', async () => {
  const archive = inMemory(backup);

  assert.ok(await blogger.detect(archive));
  assert.deepEqual(await blogger.owner(archive), []);
  assert.deepEqual(rowsOf(await readAll(blogger, archive, ['blogger.com/profile/0001'])), [
    'mine | blogger.com/profile/0001 | 2012-05-01T17:00:00.000Z | It &quot;dries&quot;.',
    "theirs | blogger.com/profile/0009 | 2012-05-04T17:00:00.000Z | A namesake's words",
  ]);
  assert.deepEqual(countsOf(await readAll(blogger, archive, ['blogger.com/profile/0001'])), {
    'by another': 1,
    draft: 1,
    setting: 2,
  });
});

test('titles, labels, addresses and threads are kept', async () => {
  const [first, comment] = (await readAll(blogger, inMemory(takeout))).posts;
  const [old] = (await readAll(blogger, inMemory(backup), ['http://www.blogger.com/profile/0001'])).posts;

  assert.deepEqual(
    [first?.id, first?.title, first?.tags, first?.url],
    ['tag:blogger.com,1999:blog-111.post-1', 'Of oil & wicks', ['oil'], '/2020/03/of-oil.html'],
  );
  assert.deepEqual([comment?.thread, comment?.inReplyTo], [first?.id, first?.id]);
  assert.deepEqual(
    [old?.title, old?.tags, old?.url],
    ['Ink', ['ink'], 'http://pens.blogspot.example/2012/05/ink.html'],
  );
});

test('other feeds are not taken for it', async () => {
  assert.equal(await blogger.detect(inMemory({ 'feed.atom': '<feed xmlns="http://www.w3.org/2005/Atom"/>' })), false);
});

test('damaged feeds are omissions or a line for the person, never a crash', async () => {
  await assertSurvives(blogger, takeout, [], 60);
  await assertSurvives(blogger, backup, ['Mira'], 40);
});

const ATOM = 'xmlns="http://www.w3.org/2005/Atom"';
const OLD_KIND = (kind: string) =>
  `<category scheme="http://schemas.google.com/g/2005#kind" term="http://schemas.google.com/blogger/2008/kind#${kind}"/>`;
const feedOf = (entries: string) =>
  `<feed ${ATOM} xmlns:blogger="http://schemas.google.com/blogger/2018" xmlns:thr="http://purl.org/syndication/thread/1.0" xmlns:app="http://purl.org/atom/app#"><id>tag:blogger.com,1999:blog-1</id>${entries}</feed>`;
const MIRA = '<author><name>Mira</name></author><content type="html">Lantern</content>';

test('a comment of the old feed knows what it answers', async () => {
  const comment = `<entry><id>tag:blogger.com,1999:blog-1.post-2</id><published>2012-05-04T10:00:00.000-07:00</published>${OLD_KIND('comment')}${MIRA}<thr:in-reply-to ref="tag:blogger.com,1999:blog-1.post-1"/></entry>`;

  const { posts } = await readAll(blogger, inMemory({ 'blog-05-06-2012.xml': feedOf(comment) }), ['Mira']);

  assert.deepEqual(
    posts.map(({ kind, thread, inReplyTo, time }) => [kind, thread, inReplyTo, time]),
    [
      [
        'comment',
        'tag:blogger.com,1999:blog-1.post-1',
        'tag:blogger.com,1999:blog-1.post-1',
        '2012-05-04T17:00:00.000Z',
      ],
    ],
  );
});

for (const [dates, time] of [
  [
    '<published>2020-03-01T09:00:00+01:00</published><blogger:created>2019-01-01T00:00:00Z</blogger:created>',
    '2020-03-01T08:00:00.000Z',
  ],
  ['<blogger:created>2019-01-01T00:00:00Z</blogger:created>', '2019-01-01T00:00:00.000Z'],
  ['<published/><blogger:created>2019-01-01T00:00:00Z</blogger:created>', '2019-01-01T00:00:00.000Z'],
  ['<updated>2021-01-01T00:00:00Z</updated>', null],
] as const) {
  test(`a post with ${dates} is of ${time}`, async () => {
    const post = `<entry><id>p</id><blogger:type>POST</blogger:type><blogger:status>LIVE</blogger:status>${dates}${MIRA}</entry>`;

    const { posts } = await readAll(blogger, inMemory({ 'feed.atom': feedOf(post) }));

    assert.deepEqual(
      posts.map((one) => one.time),
      [time],
    );
  });
}

for (const [status, omitted] of [
  ['<blogger:status>LIVE</blogger:status>', undefined],
  ['<blogger:status>DRAFT</blogger:status>', 'draft'],
  ['<app:control><app:draft>yes</app:draft></app:control>', 'draft'],
  ['<app:control><app:draft>no</app:draft></app:control>', undefined],
  ['<blogger:status>SCHEDULED</blogger:status>', 'draft'],
  ['<blogger:status>SOFT_TRASHED</blogger:status>', 'trashed'],
  ['<blogger:status>LIVE</blogger:status><blogger:trashed>2022-01-01T00:00:00Z</blogger:trashed>', 'trashed'],
] as const) {
  test(`a post with ${status} is ${omitted ?? 'read'}`, async () => {
    const post = `<entry><id>p</id><blogger:type>POST</blogger:type>${status}${MIRA}</entry>`;

    const { omissions } = await readAll(blogger, inMemory({ 'feed.atom': feedOf(post) }));

    assert.deepEqual(
      omissions.map((one) => one.omitted),
      omitted === undefined ? [] : [omitted],
    );
  });
}
