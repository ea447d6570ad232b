import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tumblr } from '../../../src/archive/formats/tumblr.ts';
import { ownPart } from '../../../src/archive/tumblr-ladder.ts';
import { UserError } from '../../../src/errors.ts';
import { countsOf, fixtureFiles, inMemory, readAll, rowsOf } from '../in-memory-export.ts';
import { assertSurvives } from '../mutated.ts';

const dumps = fixtureFiles('tumblr-api');
const pages = fixtureFiles('tumblr');
const backup = fixtureFiles('tumblr-backup');

test('dumps of three generations of the API: only what the blog itself added', async () => {
  const archive = inMemory(dumps);

  assert.ok(await tumblr.detect(archive));
  assert.deepEqual(await tumblr.owner(archive), ['mira-mends']);
  assert.deepEqual(rowsOf(await readAll(tumblr, archive)), [
    'mine | mira-mends | 2020-09-13T12:28:21.000Z | A heading\n\nPlain & simple\n\n- first\n- second\n\nThe end.',
    'mine | mira-mends | 2020-09-13T12:28:22.000Z | My addition',
    'theirs | tobin | 2020-09-13T12:28:24.000Z | Do you mend on Sundays?',
    'mine | mira-mends | 2020-09-13T12:28:24.000Z | Never.\n\nWell, once.',
    'mine | mira-mends | 2020-09-13T12:28:26.000Z | Tin or brass?\n- Tin\n- Brass',
    'mine | mira-mends | 2015-03-19T22:03:56.000Z | <p>It melts.</p>',
    'mine | mira-mends | 2015-03-19T22:03:56.000Z | <p>And I add this.</p>',
    'mine | mira-mends | 2015-03-19T22:03:56.000Z | <p>Only the ladder tells.</p>',
    'theirs | anonymous | 2015-03-19T22:03:56.000Z | <p>How hot?</p>',
    'mine | mira-mends | 2015-03-19T22:03:56.000Z | <p>Very hot.</p>',
    'mine | mira-mends | 2015-03-19T22:03:56.000Z | <p>Worth reading, I think.</p>',
    'mine | mira-mends | 2015-03-19T22:03:56.000Z | <p>My bench.</p>',
    'mine | mira-mends | 2015-03-19T22:03:56.000Z | <p>For me alone</p>',
    'mine | mira-mends | 2010-01-02T03:04:05.000Z | <p>It grows.</p>',
    'mine | mira-mends | 2010-01-02T03:04:07.000Z | <p>Mine below</p>',
  ]);
});

test('reblogs without a word, quotations, dialogues, drafts and what readers sent in are counted', async () => {
  assert.deepEqual(countsOf(await readAll(tumblr, inMemory(dumps))), {
    'by another': 1,
    chat: 3,
    draft: 1,
    quote: 2,
    reblog: 4,
    submission: 1,
  });
});

test('ids keep all digits; titles of others are not the owner’s; answers follow their questions', async () => {
  const { posts } = await readAll(tumblr, inMemory({ 'old.json': dumps['old.json']! }));

  assert.equal(posts[0]?.id, '641234567890123456');
  assert.deepEqual([posts[0]?.title, posts[0]?.tags], ['Of tin & solder', ['tin', 'talking in tags again']]);
  assert.deepEqual([posts[1]?.title, posts[1]?.inReplyTo], [undefined, '77']);
  assert.deepEqual([posts[3]?.id, posts[4]?.inReplyTo, posts[4]?.thread], ['6/question', '6/question', '6']);
  assert.equal(posts.find(({ id }) => id === '12')?.visibility, 'private');
});

test('the export’s pages: what stands below the ladder', async () => {
  const archive = inMemory(pages);

  assert.ok(await tumblr.detect(archive));
  assert.deepEqual(await tumblr.owner(archive), ['owner']);
  assert.deepEqual(rowsOf(await readAll(tumblr, archive, ['mira-mends'])), [
    'mine | mira-mends | 2015-03-19T22:03:00.000Z | <p>It melts &amp; runs.</p>',
    'mine | mira-mends | 2016-05-02T00:07:00.000Z | <p>Mine, at the end.</p>',
    'mine | mira-mends | 2016-05-22T13:08:00.000Z | <p>Three, and mine</p>',
  ]);
  assert.deepEqual(countsOf(await readAll(tumblr, archive)), { 'list of pages': 1, 'no text': 1, reblog: 1 });
  assert.deepEqual((await readAll(tumblr, archive)).posts[0]?.tags, ['tin', 'lead & zinc']);
});

test('pages within a zip within the export are found as well', async () => {
  const nested = Object.fromEntries(
    Object.entries(pages).map(([path, page]) => [path.replace('posts/', 'posts/posts.zip!/'), page]),
  );

  assert.equal((await readAll(tumblr, inMemory(nested))).posts.length, 3);
});

test('of a post that a backup has twice, the page is left', async () => {
  assert.deepEqual(rowsOf(await readAll(tumblr, inMemory(backup))), [
    'mine | mira-mends | 2015-03-19T22:03:56.000Z | <p>Backed up.</p>',
    'mine | mira-mends | 2021-02-03T04:05:06.000Z | <p>Only as a page.</p>',
  ]);
});

test('a ladder is one only under the name of a blog; a quotation of one’s own choice is none', () => {
  assert.deepEqual(ownPart('<p>a</p><blockquote>b</blockquote><p>c</p>'), {
    isReblog: false,
    html: '<p>a</p><p>c</p>',
  });
  assert.deepEqual(
    ownPart('<p><a class="tumblr_blog">x</a>:</p><blockquote>b</blockquote><p>c</p><blockquote>d</blockquote>e'),
    { isReblog: true, html: '<p>c</p>e' },
  );
  assert.deepEqual(ownPart('<p>theirs</p>(via <a href="x">x</a>)'), { isReblog: true, html: '' });
});

test('other JSON is not taken for it', async () => {
  assert.equal(
    await tumblr.detect(inMemory({ 'posts.json': '{"posts": [{"id": 1}]}', 'posts/index.html': '<p>' })),
    false,
  );
});

test('pages beside a backup that has lost the name of its blog have an owner all the same', async () => {
  const [name = ''] = Object.keys(backup);
  const nameless = { ...backup, [name]: String(backup[name]).replaceAll('"mira-mends"', '""') };

  const { posts } = await readAll(tumblr, inMemory(nameless));

  assert.ok(posts.length > 0);
  for (const { author } of posts) assert.notEqual(author.id, '');
});

test('damaged exports are omissions or a line for the person, never a crash', async () => {
  await assertSurvives(tumblr, dumps, [], 60);
  await assertSurvives(tumblr, pages, [], 30);
  await assertSurvives(tumblr, backup, [], 30);
});

const THEIRS =
  '<p><a class="tumblr_blog" href="https://orla.tumblr.example/post/1">orla</a>:</p><blockquote><p>Magpie</p></blockquote>';
const trailOf = (...items: readonly object[]) => ({ trail: items });
const orla = { blog: { name: 'orla' }, post: { id: '1' }, content_raw: '<p>Magpie</p>', is_root_item: true };

for (const [rung, fields] of [
  ['reblogged_from_id', { reblogged_from_id: 1 }],
  ['reblogged_from_name', { reblogged_from_name: 'orla' }],
  ['reblogged_from_url', { reblogged_from_url: 'https://orla.tumblr.example/post/1' }],
  ['reblogged_from_uuid', { reblogged_from_uuid: 't:abc' }],
  ['reblogged_root_id', { reblogged_root_id: '1' }],
  ['reblogged_root_name', { reblogged_root_name: 'orla' }],
  ['reblogged_root_url', { reblogged_root_url: 'https://orla.tumblr.example/post/1' }],
  ['reblogged_root_uuid', { reblogged_root_uuid: 't:abc' }],
  ['root_id, as a number', { root_id: 64 }],
  ['root_id', { root_id: '641234567890123450' }],
  ['parent_post_id', { parent_post_id: '1' }],
  ['parent_post_url', { parent_post_url: 'https://orla.tumblr.example/post/1' }],
  ['a trail of another', trailOf(orla)],
  ['a trail of a blog that is gone', trailOf({ broken_blog_name: 'orla', post: { id: '1' }, is_root_item: true })],
  ['a trail with an earlier post of one’s own', trailOf({ ...orla, blog: { name: 'mira' } })],
  ['a trail that has lost its root', trailOf({ blog: { name: 'mira' }, is_current_item: true, content_raw: '' })],
  ['tree_html', { reblog: { tree_html: THEIRS, comment: '' } }],
] as const) {
  test(`that a post is a reblog, ${rung} tells alone: without words of one’s own it is none`, async () => {
    const common = { id: '641234567890123456', blog_name: 'mira', reblog_key: 'k', title: 'Magpie', ...fields };
    const old = { ...common, type: 'text', body: '<p>Magpie</p>' };
    const npf = { ...common, id: '641234567890123460', type: 'blocks', content: [] };
    const file = JSON.stringify({ posts: [old, npf] });

    const reading = await readAll(tumblr, inMemory({ 'posts.json': file }));

    assert.deepEqual([rowsOf(reading), countsOf(reading)], [[], { reblog: 2 }]);
  });
}

for (const [rung, body] of [
  ['the name of a blog', THEIRS],
  ['a link to the post', THEIRS.replace('class="tumblr_blog" ', '').replace('example', 'com')],
  ['a short link', '<p><a href="http://tmblr.co/abc">orla</a>:</p>\n<blockquote>Magpie</blockquote>'],
  ['the name of a blog that is gone', '<p>orla-mends:</p>\n<blockquote><p>Magpie</p></blockquote>'],
] as const) {
  test(`that a post is a reblog, ${rung} above a quotation tells alone: what stands below is one’s own`, async () => {
    const post = {
      id: '2',
      type: 'text',
      blog_name: 'mira',
      reblog_key: 'k',
      title: 'Magpie',
      body: `${body}<p>Lantern</p>`,
    };

    const { posts } = await readAll(tumblr, inMemory({ 'posts.json': JSON.stringify({ posts: [post] }) }));

    assert.deepEqual([posts[0]?.text, posts[0]?.title], ['<p>Lantern</p>', undefined]);
  });
}

for (const [what, fields] of [
  ['its own root', { root_id: '641234567890123456' }],
  ['a trail of itself', trailOf({ ...orla, blog: { name: 'mira' }, post: { id: '641234567890123456' } })],
  ['no sign of another', {}],
] as const) {
  test(`a post with ${what} is no reblog`, async () => {
    const post = {
      id: '641234567890123456',
      type: 'text',
      blog_name: 'mira',
      reblog_key: 'k',
      body: '<p>Lantern</p>',
      ...fields,
    };

    const { posts } = await readAll(tumblr, inMemory({ 'posts.json': JSON.stringify({ posts: [post] }) }));

    assert.deepEqual(
      posts.map(({ text }) => text),
      ['<p>Lantern</p>'],
    );
  });
}

const PAGE_OF_TUMBLR = (words: string) =>
  `<html><body><p>${words}</p><div id="footer"><span id="timestamp"> March 19th, 2015 10:03pm </span></div></body></html>`;

test('pages are read however they are named and wherever they lie under posts; lists of pages are none', async () => {
  const archive = inMemory({
    'x/posts/html/2015-03-19-of-tin.html': PAGE_OF_TUMBLR('By date'),
    'x/posts/641234567890123456-of-lead.html': PAGE_OF_TUMBLR('By number and name'),
    'x/posts/drafts/of-zinc/index.html': PAGE_OF_TUMBLR('In a folder'),
    'x/posts/42.html': PAGE_OF_TUMBLR('By a small number'),
    'x/posts/index.html': '<a href="html/2015-03-19-of-tin.html">19</a>',
  });

  assert.ok(await tumblr.detect(archive));
  const reading = await readAll(tumblr, archive, ['mira']);
  assert.deepEqual(
    reading.posts.map(({ id, text, time }) => [id, text, time]),
    [
      ['2015-03-19-of-tin', '<p>By date</p>', '2015-03-19T22:03:00.000Z'],
      ['641234567890123456', '<p>By number and name</p>', '2015-03-19T22:03:00.000Z'],
      ['of-zinc', '<p>In a folder</p>', '2015-03-19T22:03:00.000Z'],
      ['42', '<p>By a small number</p>', '2015-03-19T22:03:00.000Z'],
    ],
  );
  assert.deepEqual(countsOf(reading), { 'list of pages': 1 });
});

test('pages of another blog’s posts are not taken for it', async () => {
  const page =
    '<article><time datetime="2020-01-01">1</time><p>Words</p><a href="https://tumblr.com/share">Share</a></article>';

  assert.equal(await tumblr.detect(inMemory({ '_site/posts/of-tin.html': page })), false);
});

const ACCOUNT = JSON.stringify([
  { data: { email: 'mira@mail.example', blog_names: [{ current_blog_name: 'mira-mends' }], last_active_times: [] } },
]);

test('what Tumblr knows about the account has no posts, which is said, with what to ask for', async () => {
  const archive = inMemory({ 'payload-0.json': ACCOUNT });

  assert.ok(await tumblr.detect(archive));
  await assert.rejects(
    readAll(tumblr, archive),
    (error) => error instanceof UserError && /payload-0\.json: expected posts/.test(error.message),
  );
});

test('beside the pages of a blog, it says whose they are', async () => {
  const archive = inMemory({ 'payload-0.json': ACCOUNT, 'posts/html/1000301.html': PAGE_OF_TUMBLR('Of tin') });

  assert.deepEqual(await tumblr.owner(archive), ['mira-mends']);
  assert.deepEqual(rowsOf(await readAll(tumblr, archive)), [
    'mine | mira-mends | 2015-03-19T22:03:00.000Z | <p>Of tin</p>',
  ]);
});

test('tags that are sentences are posts of their own where that is asked for, also under a bare reblog', async () => {
  const post = {
    type: 'text',
    blog_name: 'mira',
    reblog_key: 'k',
    body: '<p>Lantern</p>',
    timestamp: 1_426_802_636,
    tags: ['tin', 'mending things', 'i have been up since four', 'and it still drips'],
  };
  const reblog = { ...post, id: '11', reblogged_from_id: '1', body: '<p>Magpie</p>' };
  const draft = { ...post, id: '12', state: 'draft' };
  const page = `<p>By page</p><footer id="footer"><span class="tag">my page says something too</span></footer>`;
  const archive = inMemory({
    'posts.json': JSON.stringify({ posts: [{ ...post, id: '10' }, reblog, draft] }),
    'posts/1000301.html': `<a href="https://mira.tumblr.example">m</a>${page}`,
  });
  const talk = 'i have been up since four\nand it still drips';

  const { posts } = await readAll(tumblr, archive, [], { tagsAsTalk: true });

  assert.deepEqual(
    posts.filter(({ id }) => id.endsWith('/tags')).map(({ id, text, mine, time }) => [id, text, mine, time]),
    [
      ['10/tags', talk, true, '2015-03-19T22:03:56.000Z'],
      ['11/tags', talk, true, '2015-03-19T22:03:56.000Z'],
      ['1000301/tags', 'my page says something too', true, null],
    ],
  );
  assert.deepEqual(
    (await readAll(tumblr, archive)).posts.map(({ id }) => id),
    ['10', '1000301'],
  );
});

for (const [state, omitted, visibility] of [
  ['published', undefined, 'public'],
  ['private', undefined, 'private'],
  ['draft', 'draft', undefined],
  ['queued', 'draft', undefined],
  ['queue', 'draft', undefined],
  ['submission', 'draft', undefined],
  ['unapproved', 'draft', undefined],
] as const) {
  test(`a post that is ${state} is ${omitted === undefined ? visibility : 'left out'}`, async () => {
    const post = { id: '2', type: 'text', blog_name: 'mira', reblog_key: 'k', body: '<p>Lantern</p>', state };

    const { posts, omissions } = await readAll(tumblr, inMemory({ 'posts.json': JSON.stringify({ posts: [post] }) }));

    assert.deepEqual([posts[0]?.visibility, omissions[0]?.omitted], [visibility, omitted]);
  });
}

for (const [date, timestamp, time] of [
  ['2015-03-19 22:03:56 GMT', undefined, '2015-03-19T22:03:56.000Z'],
  ['2015-03-19 22:03:56 GMT', 1_426_802_637, '2015-03-19T22:03:57.000Z'],
  ['2015-03-19 22:03:56', undefined, '2015-03-19T22:03:56.000Z'],
  ['some day', undefined, null],
] as const) {
  test(`a post of "${date}"${timestamp ? `, ${timestamp}` : ''} is of ${time}`, async () => {
    const post = { id: '2', type: 'text', blog_name: 'mira', reblog_key: 'k', body: '<p>Lantern</p>', date, timestamp };

    const { posts } = await readAll(tumblr, inMemory({ 'posts.json': JSON.stringify({ posts: [post] }) }));

    assert.equal(posts[0]?.time, time);
  });
}

for (const [what, item, texts] of [
  ['is the blog’s, of this post', { blog: { name: 'mira' }, post: { id: '2' } }, ['<p>Lantern</p>']],
  ['is the blog’s, of no post that is named', { blog: { name: 'mira' } }, ['<p>Lantern</p>']],
  ['is of an earlier post', { blog: { name: 'mira' }, post: { id: '1' } }, []],
  ['is another’s', { blog: { name: 'orla' }, post: { id: '2' } }, []],
] as const) {
  test(`where no part of a trail is marked as this post’s, the last is it only if it ${what}`, async () => {
    const trail = [orla, { ...item, content_raw: '<p>Lantern</p>' }];
    const post = { id: '2', type: 'text', blog_name: 'mira', reblog_key: 'k', body: '<p>Magpie</p>', trail };

    const { posts } = await readAll(tumblr, inMemory({ 'posts.json': JSON.stringify({ posts: [post] }) }));

    assert.deepEqual(
      posts.map(({ text }) => text),
      texts,
    );
  });
}
