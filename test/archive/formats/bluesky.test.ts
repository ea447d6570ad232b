import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create as tid } from '@atcute/tid';
import { bluesky } from '../../../src/archive/formats/bluesky.ts';
import { UserError } from '../../../src/errors.ts';
import { carOf } from '../bluesky-car.ts';
import { countsOf, inMemory, readAll, rowsOf } from '../in-memory-export.ts';
import { assertSurvives } from '../mutated.ts';

const DID = 'did:plc:miraexample00000000000000';
const at = (iso: string, clock = 0) => tid(Date.parse(iso) * 1000, clock);
const post = (words: string, createdAt: string, more: object = {}) => ({
  $type: 'app.bsky.feed.post',
  text: words,
  createdAt,
  ...more,
});
const bytes = (words: string) => Buffer.byteLength(words);
const facet = (words: string, shown: string, feature: object) => {
  const byteStart = bytes(words.slice(0, words.indexOf(shown)));
  return { index: { byteStart, byteEnd: byteStart + bytes(shown) }, features: [feature] };
};
const LINK = 'app.bsky.richtext.facet#link';

const lamp = 'Ein Lämpchen 🪔: example.org/lamps/an... und das Buch #öl';
const strong = {
  uri: `at://${DID}/app.bsky.feed.post/3kother`,
  cid: 'bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku',
};
const K = [
  '2023-05-01T10:00:00Z',
  '2023-05-02T10:00:00Z',
  '2023-05-03T10:00:00Z',
  '2023-05-04T10:00:00Z',
  '2023-05-05T10:00:00Z',
  '2023-05-06T10:00:00Z',
  '2023-05-07T10:00:00Z',
].map((iso) => at(iso));

const records = {
  [`app.bsky.feed.post/${K[0]}`]: post(lamp, '2023-05-01T09:59:59.500Z', {
    langs: ['de'],
    facets: [
      facet(lamp, 'example.org/lamps/an...', { $type: LINK, uri: 'https://example.org/lamps/and/oil' }),
      facet(lamp, 'das Buch', { $type: LINK, uri: 'https://example.org/book' }),
      facet(lamp, '#öl', { $type: 'app.bsky.richtext.facet#tag', tag: 'öl' }),
      { index: { byteStart: 5, byteEnd: 6 }, features: [{ $type: LINK, uri: 'https://cuts.a/letter' }] },
      { index: { byteStart: 900, byteEnd: 990 }, features: [{ $type: LINK, uri: 'https://not.there' }] },
    ],
  }),
  [`app.bsky.feed.post/${K[1]}`]: post('An answer', '2023-05-02T10:00:00.000Z', {
    langs: ['en', 'de'],
    reply: { root: { ...strong }, parent: { ...strong, uri: `${strong.uri}2` } },
  }),
  [`app.bsky.feed.post/${K[2]}`]: post('Look at this', '2023-05-03T10:00:00+02:00', {
    embed: { $type: 'app.bsky.embed.record', record: strong },
  }),
  [`app.bsky.feed.post/${K[3]}`]: post('From the future, it says', '2031-01-01T00:00:00Z'),
  [`app.bsky.feed.post/${K[4]}`]: post('Brought over from elsewhere', '2014-02-03T04:05:06Z'),
  [`app.bsky.feed.post/${K[5]}`]: post('', '2023-05-06T10:00:00Z', {
    embed: { $type: 'app.bsky.embed.images', images: [] },
  }),
  [`app.bsky.feed.post/${K[6]}`]: { $type: 'app.bsky.feed.post', createdAt: 'no text at all' },
  'app.bsky.feed.post/not-a-tid': post('With a key of its own', 'yesterday'),
  [`app.bsky.feed.repost/${K[0]}`]: {
    $type: 'app.bsky.feed.repost',
    subject: strong,
    createdAt: '2023-05-02T10:00:00Z',
  },
  [`app.bsky.feed.like/${K[0]}`]: { $type: 'app.bsky.feed.like', subject: strong, createdAt: '2023-05-02T10:00:00Z' },
  'app.bsky.actor.profile/self': { $type: 'app.bsky.actor.profile', displayName: 'Mira', description: 'Mends kettles' },
};
const strays = [post('Deleted, yet its block is still there', '2023-05-01T10:00:00Z')];
const GOLDEN = [
  `mine | ${DID} | 2023-05-01T09:59:59.500Z | Ein Lämpchen 🪔: https://example.org/lamps/and/oil und das Buch #öl`,
  `mine | ${DID} | 2023-05-02T10:00:00.000Z | An answer`,
  `mine | ${DID} | 2023-05-03T08:00:00.000Z | Look at this`,
  `mine | ${DID} | 2023-05-04T10:00:00.000Z | From the future, it says`,
  `mine | ${DID} | 2014-02-03T04:05:06.000Z | Brought over from elsewhere`,
  `mine | ${DID} | null | With a key of its own`,
];

test('posts are those that the tree leads to, with their links whole and times that can be', async () => {
  const archive = inMemory({ 'repo.car': await carOf(DID, records, { strays }) });

  assert.ok(await bluesky.detect(archive));
  assert.deepEqual(await bluesky.owner(archive), [DID]);
  assert.deepEqual(rowsOf(await readAll(bluesky, archive)), GOLDEN);
});

test('the order of blocks and the name of the file do not matter', async () => {
  const archive = inMemory({ 'app.getRepo': await carOf(DID, records, { strays, treeLast: true }) });

  assert.ok(await bluesky.detect(archive));
  assert.deepEqual(rowsOf(await readAll(bluesky, archive)), GOLDEN);
});

test('answers, threads, languages and tags are kept', async () => {
  const { posts } = await readAll(bluesky, inMemory({ 'repo.car': await carOf(DID, records) }));
  const [first, answer] = posts;

  assert.equal(first?.id, `at://${DID}/app.bsky.feed.post/${K[0]}`);
  assert.equal(first?.url, `https://bsky.app/profile/${DID}/post/${K[0]}`);
  assert.equal(first?.language, 'de');
  assert.deepEqual(first?.tags, ['öl']);
  assert.equal(answer?.thread, strong.uri);
  assert.equal(answer?.inReplyTo, `${strong.uri}2`);
  assert.equal(answer?.language, undefined);
});

test('reposts are counted, and so is what cannot be read or is missing', async () => {
  const car = await carOf(DID, records, { without: [`app.bsky.feed.post/${K[1]}`] });

  assert.deepEqual(countsOf(await readAll(bluesky, inMemory({ 'repo.car': car }))), {
    'no text': 1,
    repost: 1,
    unreadable: 2,
  });
});

test('of links that overlap the first one counts', async () => {
  const words = 'see example.org/a... now';
  const shown = facet(words, 'example.org/a...', { $type: LINK, uri: 'https://example.org/abc' });
  const inner = facet(words, 'org/a...', { $type: LINK, uri: 'org/a-trap' });
  const car = await carOf(DID, {
    [`app.bsky.feed.post/${K[0]}`]: post(words, '2023-05-01T10:00:00Z', { facets: [inner, shown] }),
  });

  const { posts } = await readAll(bluesky, inMemory({ 'repo.car': car }));

  assert.deepEqual(
    posts.map(({ text }) => text),
    ['see https://example.org/abc now'],
  );
});

test('what is left out is named with its file', async () => {
  const { omissions } = await readAll(bluesky, inMemory({ 'repo.car': await carOf(DID, records) }));

  for (const { place } of omissions) assert.match(place, /^repo\.car, app\.bsky\.feed\.(?:re)?post\//);
});

test('a record with bytes that are not UTF-8 costs only itself', async () => {
  const car = Buffer.from(await carOf(DID, records));
  car[car.indexOf('Look at this') + 3] = 0xff;

  const reading = await readAll(bluesky, inMemory({ 'repo.car': car }));

  assert.deepEqual(
    rowsOf(reading),
    GOLDEN.filter((row) => !row.includes('Look at this')),
  );
  assert.ok(reading.omissions.some(({ omitted, place }) => omitted === 'unreadable' && place.includes(K[2]!)));
});

test('a block longer than any record is not waited for, and not held: what stands before it is read', async () => {
  const car = await carOf(DID, records);
  const length = 9_000_000;
  const varint = Buffer.from([
    0x80 | (length & 0x7f),
    0x80 | ((length >> 7) & 0x7f),
    0x80 | ((length >> 14) & 0x7f),
    length >> 21,
  ]);
  const cid = Buffer.concat([Buffer.from([1, 0x55, 0x12, 32]), Buffer.alloc(32, 7)]);
  const long = Buffer.concat([car, varint, cid, Buffer.alloc(length - cid.length)]);

  const reading = await readAll(bluesky, inMemory({ 'repo.car': long }));

  assert.deepEqual(rowsOf(reading), GOLDEN);
  assert.equal(countsOf(reading)['missing part'], 1);
});

test('repositories of two accounts in one folder keep apart', async () => {
  const other = DID.replace('mira', 'lena');
  const one = { [`app.bsky.feed.post/${K[0]}`]: post('By one', '2023-05-01T10:00:00Z') };
  const two = { [`app.bsky.feed.post/${K[0]}`]: post('By the other', '2023-05-01T10:00:00Z') };
  const archive = inMemory({ 'a.car': await carOf(DID, one), 'b.car': await carOf(other, two) });

  const { posts } = await readAll(bluesky, archive);

  assert.deepEqual(await bluesky.owner(archive), [DID, other]);
  assert.deepEqual(
    posts.map(({ id, text }) => [id, text]),
    [
      [`at://${DID}/app.bsky.feed.post/${K[0]}`, 'By one'],
      [`at://${other}/app.bsky.feed.post/${K[0]}`, 'By the other'],
    ],
  );
});

test('a file that is cut off gives what was whole, and says so', async () => {
  const car = await carOf(DID, records);
  const reading = await readAll(bluesky, inMemory({ 'repo.car': car.subarray(0, car.length - 400) }));

  assert.ok(reading.posts.length >= 3);
  assert.equal(countsOf(reading)['missing part'], 1);
});

test('a CAR file of something else is refused in one line', async () => {
  const car = await carOf(DID, records);
  const archive = inMemory({ 'repo.car': car.subarray(0, 100) });

  await assert.rejects(readAll(bluesky, archive), UserError);
});

test('damaged repositories are omissions or a line for the person, never a crash', async () => {
  await assertSurvives(bluesky, { 'repo.car': await carOf(DID, records, { strays }) }, [], 100);
});
