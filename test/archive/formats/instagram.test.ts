import assert from 'node:assert/strict';
import { test } from 'node:test';
import { facebook } from '../../../src/archive/formats/facebook.ts';
import { instagram } from '../../../src/archive/formats/instagram.ts';
import { UserError } from '../../../src/errors.ts';
import { countsOf, type Files, fixtureFiles, inMemory, readAll, rowsOf } from '../in-memory-export.ts';
import { assertSurvives } from '../mutated.ts';

const files = fixtureFiles('instagram');
const old = fixtureFiles('instagram-before-2020');

test('captions of posts and of their pictures, comments with localised fields, and messages are read', async () => {
  const archive = inMemory(files);

  assert.ok(await instagram.detect(archive));
  assert.deepEqual(await instagram.owner(archive), ['mira.quill', 'Míra Quill']);
  assert.deepEqual(rowsOf(await readAll(instagram, archive)).toSorted(), [
    'mine | Míra Quill | 2021-05-03T00:15:00.500Z | Mañana sí',
    'mine | mira.quill | 2021-05-03T00:00:00.000Z | Lamp room, 5 a.m. 🌅',
    'mine | mira.quill | 2021-05-03T00:01:41.000Z | Two lamps\n#lighthouse',
    'mine | mira.quill | 2021-05-03T00:05:00.000Z | Storm tonight',
    'mine | mira.quill | 2021-05-03T00:06:40.000Z | Waves, slowly',
    'mine | mira.quill | 2021-05-03T00:08:20.000Z | An older lamp',
    'mine | mira.quill | 2021-05-03T00:10:00.000Z | ¡Qué luz!',
    'mine | mira.quill | 2021-05-03T00:11:40.000Z | ¿Dónde es?',
    'mine | mira.quill | 2021-05-03T00:13:20.000Z | wow',
    'theirs | Oskar Vane | 2021-05-03T00:15:00.000Z | ¿Vienes?',
  ]);
});

test('pictures without words and what the app says are left out, and counted', async () => {
  assert.deepEqual(countsOf(await readAll(instagram, inMemory(files))), { 'no text': 2, 'system line': 2 });
});

test('what is of Instagram is not taken for Facebook, nor the other way round', async () => {
  assert.equal(await facebook.detect(inMemory(files)), false);
  assert.equal(await instagram.detect(inMemory(fixtureFiles('facebook'))), false);
  assert.equal(await instagram.detect(inMemory(fixtureFiles('facebook-encrypted'))), false);
});

test('messages without any folder that names the service go with the rest of the export', async () => {
  const message =
    '{"participants": [{"name": "A B"}], "messages": [{"sender_name": "A B", "timestamp_ms": 1620000900500, "content": "hi"}]}';
  const posts = '[{"media": [{"creation_timestamp": 1620000000, "title": "x"}]}]';
  const archive = inMemory({ 'messages/inbox/ab_1/message_1.json': message, 'content/posts_1.json': posts });

  assert.equal((await readAll(instagram, archive)).posts.length, 2);
  assert.equal(await facebook.detect(archive), false);
});

test('the layout before 2020 is read too', async () => {
  const archive = inMemory(old);

  assert.ok(await instagram.detect(archive));
  assert.deepEqual(rowsOf(await readAll(instagram, archive)).toSorted(), [
    'mine | mira.quill | 2018-05-01T10:00:00.000Z | First lamp',
    'mine | mira.quill | 2018-06-01T10:00:00.000Z | Fog',
    'mine | mira.quill | 2018-07-01T10:00:00.000Z | @tove so bright',
    'mine | mira.quill | 2018-08-01T10:00:01.000Z | Soon',
    'theirs | oskar_vane | 2018-08-01T10:00:00.000Z | Coming?',
  ]);
});

test('damaged in any way, both layouts are read as far as they go', async () => {
  await assertSurvives(instagram, files);
  await assertSurvives(instagram, old);
});

const NAME_FIRST = 'Propriétaire du contenu multimédia';
/** In an account whose language nobody knows. */
const comment = (fields: Readonly<Record<string, string>>, index = 0) => ({
  string_map_data: {
    ...Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, { href: '', value, timestamp: 0 }])),
    Zeit: { href: '', value: '', timestamp: 1_620_000_000 + index },
  },
});
const commentsIn = async (comments: readonly Readonly<Record<string, string>>[], more: Files = {}) => {
  const file = JSON.stringify(comments.map(comment));
  const { posts } = await readAll(instagram, inMemory({ 'comments/post_comments_1.json': file, ...more }));
  return posts.map(({ text }) => text);
};

for (const [why, comments, words] of [
  ['a name has signs that words have not', [{ [NAME_FIRST]: 'oskar_vane', B: 'wow' }], ['wow']],
  ['a name with a dot, after a word', [{ A: 'wow', B: 'oskar.vane' }], ['wow']],
  [
    'another comment has more than a word',
    [
      { [NAME_FIRST]: 'tove', B: 'wow' },
      { [NAME_FIRST]: 'oskar', B: 'So bright!' },
    ],
    ['wow', 'So bright!'],
  ],
  [
    'the same friends come again',
    [
      { [NAME_FIRST]: 'tove', B: 'wow' },
      { [NAME_FIRST]: 'tove', B: 'nice' },
      { [NAME_FIRST]: 'oskar', B: 'yes' },
    ],
    ['wow', 'nice', 'yes'],
  ],
  ['nothing tells: the comment stands first', [{ A: 'wow', B: 'tove' }], ['wow']],
  [
    'a comment without words is none',
    [
      { [NAME_FIRST]: 'tove', B: '' },
      { [NAME_FIRST]: 'oskar', B: 'Yes, please' },
    ],
    ['Yes, please'],
  ],
  [
    'a friend’s account is gone',
    [
      { [NAME_FIRST]: 'Instagram User', B: 'So bright!' },
      { [NAME_FIRST]: 'tove', B: 'Come home' },
      { [NAME_FIRST]: 'oskar', B: 'wow' },
    ],
    ['So bright!', 'Come home', 'wow'],
  ],
  ['a comment by itself', [{ A: 'wow' }], ['wow']],
] as const) {
  test(`of a comment its words are told from whose picture it is: ${why}`, async () => {
    assert.deepEqual(await commentsIn(comments), words);
  });
}

test('a field with the owner’s own user name in it has names', async () => {
  const profile = '{"profile_user": [{"string_map_data": {"Username": {"value": "mira"}}}]}';
  const comments = [
    { [NAME_FIRST]: 'mira', B: 'thanks' },
    { [NAME_FIRST]: 'oskar', B: 'thanks' },
  ];

  assert.deepEqual(await commentsIn(comments, { 'personal_information.json': profile }), ['thanks', 'thanks']);
});

test('letters are mended in the names of fields as in what they hold', async () => {
  const damaged = 'PropriÃ©taire';

  assert.deepEqual(await commentsIn([{ [damaged]: 'oskar_vane', B: 'wow' }]), ['wow']);
});

const profileOf = (fields: Readonly<Record<string, string>>) =>
  JSON.stringify({
    profile_user: [
      { string_map_data: Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, { value }])) },
    ],
  });
const thread = (name: string) =>
  JSON.stringify({
    participants: [{ name: 'Instagram User' }, { name }, { name: 'Mira Quill' }],
    messages: [
      { sender_name: 'Mira Quill', timestamp_ms: 1_620_000_900_500, content: `Lantern for ${name}` },
      { sender_name: 'Instagram User', timestamp_ms: 1_620_000_900_400, content: 'Magpie' },
    ],
  });
const IN_NO_LANGUAGE = { '¿?': 'mira@mail.example', '¡!': 'true', '«»': 'mira.quill', '§§': 'Mira Quill' };

test('in a language that nobody knows, the owner is who the profile and the conversations name alike', async () => {
  const archive = inMemory({
    'personal_information.json': profileOf(IN_NO_LANGUAGE),
    'your_instagram_activity/messages/inbox/a_1/message_1.json': thread('Oskar Vane'),
  });

  assert.deepEqual(await instagram.owner(archive), ['mira.quill', 'Mira Quill']);
});

test('where the profile does not say the name, it is that of who takes part in most conversations', async () => {
  const { '§§': _, ...rest } = IN_NO_LANGUAGE;
  const archive = inMemory({
    'personal_information.json': profileOf(rest),
    'your_instagram_activity/messages/inbox/a_1/message_1.json': thread('Oskar Vane'),
    'your_instagram_activity/messages/inbox/b_2/message_1.json': thread('Tove Lind'),
  });

  assert.deepEqual(await instagram.owner(archive), ['mira.quill', 'Mira Quill']);
});

test('those whose accounts are gone are nobody, and never the owner, however many conversations they are in', async () => {
  const archive = inMemory({
    'your_instagram_activity/messages/inbox/a_1/message_1.json': thread('Oskar Vane'),
    'your_instagram_activity/messages/inbox/b_2/message_1.json': thread('Tove Lind'),
  });

  assert.deepEqual(await instagram.owner(archive), ['Mira Quill']);
  assert.deepEqual(rowsOf(await readAll(instagram, archive)).toSorted(), [
    'mine | Mira Quill | 2021-05-03T00:15:00.500Z | Lantern for Oskar Vane',
    'mine | Mira Quill | 2021-05-03T00:15:00.500Z | Lantern for Tove Lind',
    'theirs | Instagram User | 2021-05-03T00:15:00.400Z | Magpie',
    'theirs | Instagram User | 2021-05-03T00:15:00.400Z | Magpie',
  ]);
});

for (const path of [
  'instagram-mira/your_instagram_activity/media/posts_1.html',
  'instagram-mira/comments/post_comments_1.html',
  'instagram-mira/messages/inbox/a_1/message_1.html',
]) {
  test(`the HTML download is refused in one line, with what to do: ${path}`, async () => {
    const archive = inMemory({ [path]: '<html>' });

    assert.ok(await instagram.detect(archive));
    await assert.rejects(readAll(instagram, archive), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /^[^\n]*Instagram's JSON, found its HTML$/);
      return /JSON/.test(error.hint ?? '');
    });
  });
}
