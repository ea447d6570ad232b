import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mastodon } from '../../../src/archive/formats/mastodon.ts';
import { countsOf, fixtureFiles, inMemory, readAll, rowsOf } from '../in-memory-export.ts';
import { assertSurvives } from '../mutated.ts';

const files = fixtureFiles('mastodon');
const ME = 'https://tea.example/users/mira';

test('own posts, with links written out, mentions as handles, polls with their options, and without what was quoted', async () => {
  const archive = inMemory(files);

  assert.ok(await mastodon.detect(archive));
  assert.deepEqual(await mastodon.owner(archive), [ME, 'mira']);
  assert.deepEqual(rowsOf(await readAll(mastodon, archive)), [
    `mine | ${ME} | 2020-03-01T08:00:00.000Z | <p>Tea &amp; toast :blobtea:</p><p>and a <a href="https://example.org/a/very/long/path?x=1&amp;y=2">https://example.org/a/very/long/path?x=1&amp;y=2</a> #tea</p>`,
    `mine | ${ME} | 2020-03-02T08:00:00.000Z | <p>@orla an unlisted answer</p>`,
    `mine | ${ME} | 2020-03-03T08:00:00.000Z | <p>For followers</p>`,
    `mine | ${ME} | 2020-03-04T08:00:00.000Z | <p>@orla a secret</p>`,
    `mine | ${ME} | 2020-03-05T08:00:00.000Z | <p>Which one?</p><ul><li>Kettle &amp; pot</li><li>Pan</li></ul>`,
    `mine | ${ME} | 2020-03-07T08:00:00.000Z | <p>So it is.</p>`,
    `mine | ${ME} | 2020-03-08T08:00:00.000Z | <p>Zwei<br>Zeilen</p>`,
    `mine | ${ME} | 2020-03-09T08:00:00.000Z | From *another* server`,
  ]);
});

test('the audience is read from the addressees, which are all that tells a direct message from a post', async () => {
  const { posts } = await readAll(mastodon, inMemory(files));

  assert.deepEqual(
    posts.map(({ id, visibility, kind }) => [id.slice(-3), visibility, kind]),
    [
      ['101', 'public', 'post'],
      ['104', 'unlisted', 'post'],
      ['105', 'followers', 'post'],
      ['106', 'private', 'message'],
      ['107', 'public', 'post'],
      ['109', 'public', 'post'],
      ['110', 'public', 'post'],
      ['111', 'public', 'post'],
    ],
  );
});

test('warnings stand apart, as titles; languages, tags and what is answered are kept', async () => {
  const { posts } = await readAll(mastodon, inMemory(files));
  const [first, answer, warned, , , , german] = posts;

  assert.deepEqual(first?.tags, ['tea']);
  assert.equal(answer?.inReplyTo, 'https://other.example/users/orla/statuses/9');
  assert.equal(warned?.title, 'about soup');
  assert.equal(german?.language, 'de');
});

test('boosts and all that is not a post by the owner are counted', async () => {
  assert.deepEqual(countsOf(await readAll(mastodon, inMemory(files))), {
    boost: 2,
    'by another': 1,
    'no text': 1,
    'not a post': 1,
    unreadable: 1,
  });
});

test('an outbox alone, or in a folder, is read as well; likes alone are no export of posts', async () => {
  const folder = inMemory({ 'archive-2020/outbox.json': files['outbox.json']! });

  assert.ok(await mastodon.detect(folder));
  assert.deepEqual(await mastodon.owner(folder), [ME]);
  assert.equal((await readAll(mastodon, folder, [ME])).posts.length, 8);
  assert.equal(await mastodon.detect(inMemory({ 'data.json': '{"messages": []}' })), false);
});

const activity = (id: number, object: object) => ({
  type: 'Create',
  actor: ME,
  published: '2020-03-01T08:00:00Z',
  object: { id: `${ME}/${id}`, type: 'Note', attributedTo: ME, content: '<p>So</p>', ...object },
});
const read = (...items: readonly object[]) =>
  readAll(
    mastodon,
    inMemory({
      'actor.json': JSON.stringify({ id: ME, preferredUsername: 'mira', followers: `${ME}/fans` }),
      'outbox.json': JSON.stringify({ type: 'OrderedCollection', orderedItems: items }),
    }),
  );

for (const [addressees, visibility] of [
  [{ to: ['https://www.w3.org/ns/activitystreams#Public'] }, 'public'],
  [{ to: ['as:Public'], cc: [`${ME}/fans`] }, 'public'],
  [{ to: 'Public' }, 'public'],
  [{ to: [`${ME}/fans`], cc: ['as:Public'] }, 'unlisted'],
  [{ to: [`${ME}/fans`] }, 'followers'],
  [{ to: 'https://other.example/users/orla/followers' }, 'followers'],
  [{ to: ['https://other.example/users/orla'], cc: [] }, 'private'],
  [{}, 'private'],
] as const) {
  test(`what is addressed as ${JSON.stringify(addressees)} is ${visibility}`, async () => {
    assert.deepEqual(
      (await read(activity(1, addressees))).posts.map((post) => post.visibility),
      [visibility],
    );
  });
}

for (const [what, object, text, markup] of [
  [
    'a poll with several answers',
    { type: 'Question', anyOf: [{ name: 'Oil' }, { name: 'Wax' }] },
    '<p>So</p><ul><li>Oil</li><li>Wax</li></ul>',
    'html',
  ],
  ['content by language alone', { content: undefined, contentMap: { de: '<p>Ach</p>' } }, '<p>Ach</p>', 'html'],
  [
    'a source in HTML',
    { content: '', source: { content: '<p>Thus</p>', mediaType: 'text/html' } },
    '<p>Thus</p>',
    'html',
  ],
  ['a plain source', { content: '', source: { content: 'Thus', mediaType: 'text/plain' } }, 'Thus', 'plain'],
  ['an author who is not named', { attributedTo: { id: 'strange' } }, '<p>So</p>', 'html'],
] as const) {
  test(`${what} is read`, async () => {
    const { posts } = await read(activity(1, { to: ['as:Public'], ...object }));

    assert.deepEqual(
      posts.map((post) => [post.text, post.markup, post.author.id]),
      [[text, markup, ME]],
    );
  });
}

test('an article has its name for a title, the context of a thread is that thread, and the time may be the activity’s', async () => {
  const object = { type: 'Article', name: 'On lamps', context: 'tag:thread', to: ['as:Public'] };

  const [post] = (await read(activity(1, object))).posts;

  const { kind, title, thread, time } = post!;
  assert.deepEqual([kind, title, thread, time], ['article', 'On lamps', 'tag:thread', '2020-03-01T08:00:00.000Z']);
});

test('archives of two accounts in one folder are each their owner’s', async () => {
  const of = (name: string) => {
    const id = `https://tea.example/users/${name}`;
    const post = { id: `${id}/1`, type: 'Note', attributedTo: id, content: `<p>By ${name}</p>`, to: ['as:Public'] };
    return {
      [`${name}/actor.json`]: JSON.stringify({ id, preferredUsername: name }),
      [`${name}/outbox.json`]: JSON.stringify({ orderedItems: [{ type: 'Create', actor: id, object: post }] }),
    };
  };
  const archive = inMemory({ ...of('mira'), ...of('lena') });

  const { posts } = await readAll(mastodon, archive, await mastodon.owner(archive));

  assert.deepEqual(
    posts.map(({ text, author }) => [text, author.name]),
    [
      ['<p>By mira</p>', 'mira'],
      ['<p>By lena</p>', 'lena'],
    ],
  );
});

test('damaged archives are omissions or a line for the person, never a crash', async () => {
  await assertSurvives(mastodon, files, [], 60);
});
