import assert from 'node:assert/strict';
import { test } from 'node:test';
import { facebook } from '../../../src/archive/formats/facebook.ts';
import { isSystemLine } from '../../../src/archive/meta-system-line.ts';
import { UserError } from '../../../src/errors.ts';
import { countsOf, fixtureFiles, inMemory, readAll, rowsOf } from '../in-memory-export.ts';
import { assertSurvives } from '../mutated.ts';

const files = fixtureFiles('facebook');
const encrypted = fixtureFiles('facebook-encrypted');

test('posts, comments and messages are read, their letters mended, and none of them is by others', async () => {
  const archive = inMemory(files);

  assert.ok(await facebook.detect(archive));
  assert.deepEqual(await facebook.owner(archive), ['Míra Quill']);
  assert.deepEqual(rowsOf(await readAll(facebook, archive)).toSorted(), [
    'mine | Míra Quill | 2020-09-13T12:26:40.000Z | The pier is open – café too 😀',
    'mine | Míra Quill | 2020-09-13T12:28:20.000Z | Gulls at dawn',
    'mine | Míra Quill | 2020-09-13T12:31:40.000Z | Same words',
    'mine | Míra Quill | 2020-09-13T12:35:00.000Z | Alone in its file',
    'mine | Míra Quill | 2020-09-13T12:36:40.000Z | Happy birthday, Oskar',
    'mine | Míra Quill | 2020-09-13T12:38:20.000Z | Who has the ladder?',
    'mine | Míra Quill | 2020-09-13T12:40:00.000Z | I have it',
    'mine | Míra Quill | 2020-09-13T12:41:40.000Z | Greener would be better',
    'mine | Míra Quill | 2021-01-07T06:13:23.000Z | tenth file',
    'mine | Míra Quill | 2021-01-07T06:13:24.000Z | second file',
    'mine | Míra Quill | 2021-01-07T06:13:26.000Z | Ich komme später, grüß Łukasz 👍',
    'mine | Míra Quill | 2023-11-14T22:13:20.000Z | Herbst am Hafen',
    'mine | Míra Quill | 2023-11-14T22:15:00.000Z | Winter am Hafen',
    'theirs | Oskar Vane | 2021-01-07T06:13:25.000Z | When?',
  ]);
});

test('what is left out is counted by rule; labels that are not understood are named', async () => {
  const reading = await readAll(facebook, inMemory(files));

  assert.deepEqual(countsOf(reading), {
    'by others': 1,
    deleted: 1,
    'no text': 4,
    'system line': 4,
    'unknown label': 1,
  });
  assert.match(
    reading.omissions.find(({ omitted }) => omitted === 'unknown label')!.place,
    /your_posts_2\.json.*Ohne Namen/,
  );
});

test('the files of a thread are read in the order of their numbers', async () => {
  const { posts } = await readAll(facebook, inMemory(files));

  assert.deepEqual(
    posts.filter(({ thread }) => thread === 'oskarvane_abc123').map(({ text }) => text),
    ['Ich komme später, grüß Łukasz 👍', 'When?', 'second file', 'tenth file'],
  );
});

test('comments in groups know their group, and posts with an id of their own keep all its digits', async () => {
  const { posts } = await readAll(facebook, inMemory(files));

  assert.equal(posts.find(({ text }) => text === 'I have it')?.thread, 'Pier committee');
  assert.equal(posts.find(({ text }) => text === 'Winter am Hafen')?.id, '900100200300400501');
});

test('the layouts of 2018 and 2023 give the same', async () => {
  const moved = (from: string, to: string) =>
    Object.fromEntries(Object.entries(files).map(([path, content]) => [path.replace(from, to), content]));
  const rows = rowsOf(await readAll(facebook, inMemory(files))).toSorted();

  for (const to of ['', 'your_activity_across_facebook/']) {
    const archive = inMemory(moved('facebook-miraquill/your_facebook_activity/', to));

    assert.deepEqual(rowsOf(await readAll(facebook, archive)).toSorted(), rows);
  }
});

test('encrypted chats, in their own layout, are of whoever is in most of them', async () => {
  const archive = inMemory(encrypted);

  assert.ok(await facebook.detect(archive));
  assert.deepEqual(await facebook.owner(archive), ['Míra Quill']);
  const reading = await readAll(facebook, archive);
  assert.deepEqual(rowsOf(reading), [
    'theirs | Oskar Vane | 2024-07-03T09:46:40.000Z | Is this secret?',
    'mine | Míra Quill | 2024-07-03T09:46:41.000Z | Naïvely, yes. 🤫',
    'mine | Míra Quill | 2024-07-03T09:46:45.000Z | Mojibaked: Łódź',
  ]);
  assert.deepEqual(countsOf(reading), { deleted: 1, 'no text': 1, 'system line': 1 });
});

test('the HTML download is refused, with what to do', async () => {
  const archive = inMemory({ 'your_facebook_activity/posts/your_posts_1.html': '<html>' });

  assert.ok(await facebook.detect(archive));
  await assert.rejects(readAll(facebook, archive), (error) => error instanceof UserError && /HTML/.test(error.message));
});

for (const [words, sender] of [
  ['Reacted 😆 to your message', 'Oskar Vane'],
  ['You sent an attachment.', 'Oskar Vane'],
  ['Oskar Vane hat die Gruppe verlassen.', 'Oskar Vane'],
  ['Oskar a quitté le groupe.', 'Míra Quill'],
  ['Oskar named the group Pier committee.', 'Oskar Vane'],
  ['The video chat ended.', 'Oskar Vane'],
  ['Hat mit ❤️ auf deine Nachricht reagiert', 'Oskar Vane'],
  ['Reaccionó con 👍🏽 a tu mensaje', 'Oskar Vane'],
] as const) {
  test(`"${words}" is said by the app`, () => {
    assert.ok(isSystemLine(words, sender));
  });
}

for (const words of ['I sent an attachment yesterday, did you get it?', 'You left the door open', 'Oskar is late']) {
  test(`"${words}" is said by a person`, () => {
    assert.ok(!isSystemLine(words, 'Míra Quill'));
  });
}

test('damaged in any way, both are read as far as they go', async () => {
  await assertSurvives(facebook, files);
  await assertSurvives(facebook, encrypted);
});

for (const folder of ['inbox', 'archived_threads', 'filtered_threads', 'message_requests', 'e2ee_cutover']) {
  test(`conversations in ${folder} are read, of every layout`, async () => {
    const message = (text: string) => ({ sender_name: 'Mira Quill', timestamp_ms: 1_600_000_000_000, content: text });
    const file = (...texts: readonly string[]) =>
      JSON.stringify({
        participants: [{ name: 'Mira Quill' }, { name: 'Facebook User' }],
        messages: texts.map(message),
      });

    for (const root of ['', 'your_activity_across_facebook/', 'your_facebook_activity/']) {
      const { posts } = await readAll(
        facebook,
        inMemory({
          [`${root}messages/${folder}/oskar_1/message_1.json`]: file('First'),
          [`${root}messages/${folder}/oskar_1/message_2.json`]: file('Second'),
        }),
        ['mira quill'],
      );

      assert.deepEqual(
        posts.map(({ text, mine, thread, visibility }) => [text, mine, thread, visibility]),
        [
          ['First', true, 'oskar_1', 'private'],
          ['Second', true, 'oskar_1', 'private'],
        ],
      );
    }
  });
}

const labelled = (label_values: unknown, more: object = {}) =>
  readAll(facebook, inMemory({ 'posts/your_posts_1.json': JSON.stringify([{ label_values, ...more }]) }), ['Mira']);

test('of labels, the time may be among them, and the words within another', async () => {
  const { posts } = await labelled([
    { label: 'Zeitpunkt', timestamp_value: 1_700_000_000 },
    {
      title: 'Inhalt',
      dict: [
        { label: 'Text', value: 'Lantern' },
        { label: 'Link', value: 'https://pier.example' },
      ],
    },
  ]);

  assert.deepEqual(
    posts.map(({ text, time }) => [text, time]),
    [['Lantern', '2023-11-14T22:13:20.000Z']],
  );
});

test('the time of a record comes before that among its labels, and a time within another counts', async () => {
  const words = { label: 'Text', value: 'Lantern' };
  const dict = [{ label: 'Zeitpunkt', timestamp_value: 1_700_000_000 }];

  assert.equal(
    (await labelled([words, { label: 'Zeitpunkt', timestamp_value: 1_700_000_000 }], { timestamp: 1_600_000_000 }))
      .posts[0]?.time,
    '2020-09-13T12:26:40.000Z',
  );
  assert.equal((await labelled([words, { title: 'Mehr', dict }])).posts[0]?.time, '2023-11-14T22:13:20.000Z');
});

test('those whose accounts are gone are context, and a comment by one of them is not the owner’s', async () => {
  const comment = (author: string, text: string) => ({
    timestamp: 1_600_000_000,
    data: [{ comment: { timestamp: 1_600_000_000, comment: text, author } }],
  });
  const archive = inMemory({
    'comments/comments.json': JSON.stringify({
      comments_v2: [comment('Facebook User', 'Magpie'), comment('', 'Magpie'), comment('MIRA quill', 'Lantern')],
    }),
  });

  const reading = await readAll(facebook, archive, ['Mira Quill']);

  assert.deepEqual(
    reading.posts.map(({ text }) => text),
    ['Lantern'],
  );
  assert.deepEqual(countsOf(reading), { 'author unknown': 1, 'by others': 1 });
});

for (const path of [
  'your_facebook_activity/posts/your_posts__check_ins__photos_and_videos_1.html',
  'messages/inbox/oskar_1/message_1.html',
  'comments_and_reactions/comments.html',
  'profile_information/profile_information.html',
]) {
  test(`the HTML download is refused in one line, with what to do: ${path}`, async () => {
    await assert.rejects(readAll(facebook, inMemory({ [path]: '<html>' })), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /^[^\n]*Facebook's JSON, found its HTML$/);
      return /JSON/.test(error.hint ?? '');
    });
  });
}

for (const [author, omitted] of [
  [{ label: 'Autor', value: 'mira' }, undefined],
  [{ label: 'Autor', value: 'Oskar Vane' }, 'by others'],
  [{ ent_field_name: 'Author', label: '?', value: 'Oskar Vane' }, 'by others'],
  [{ label: 'Mehr', dict: [{ label: 'Author', value: 'Oskar Vane' }] }, 'by others'],
] as const) {
  test(`labels that say ${JSON.stringify(author)} are ${omitted ?? 'the owner’s'}`, async () => {
    const { posts, omissions } = await labelled([{ label: 'Kommentar', value: 'Words' }, author]);

    assert.deepEqual([posts.length, omissions[0]?.omitted], [omitted === undefined ? 1 : 0, omitted]);
  });
}
