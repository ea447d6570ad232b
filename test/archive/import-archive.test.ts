import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findPosts, forgetPosts } from '../../src/archive/forget-posts.ts';
import type { Format, Unread } from '../../src/archive/format.ts';
import { type Import, importArchive } from '../../src/archive/import-archive.ts';
import { readArchives } from '../../src/archive/list-archives.ts';
import type { Omission, Post } from '../../src/archive/post.ts';
import { suggestOwners } from '../../src/archive/suggest-owners.ts';
import { UserError } from '../../src/errors.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { inMemory } from './in-memory-export.ts';

const NOW = new Date('2026-01-02T03:04:05Z');

function post(id: string, fields: Partial<Post> = {}): Post {
  return {
    service: 'toy',
    id,
    author: { id: 'ada' },
    mine: true,
    time: `2024-01-0${(Number(id) % 9) + 1}T00:00:00.000Z`,
    text: `This is what number ${id} says`,
    markup: 'plain',
    kind: 'post',
    visibility: 'public',
    ...fields,
  };
}

/** A format that gives `items`, reading its one entry along the way. */
function toy(items: readonly (Post | Omission)[], owner: readonly string[] = ['ada']): Format {
  return {
    name: 'toy',
    sources: [],
    detect: async () => true,
    owner: async () => owner,
    async *read({ entries }) {
      for await (const chunk of await entries[0]!.open()) void chunk;
      yield* items.map(found);
    },
  };
}

function found(item: Post | Omission): Unread | Omission {
  return 'omitted' in item ? item : { place: item.id, size: item.text.length, read: () => item };
}

const ARCHIVE = inMemory({ 'posts.json': 'x'.repeat(5000) }, '/downloads/toy.zip');

function job(format: Format, fields: Partial<Import> = {}): Import {
  return {
    persona: 'ada',
    corpus: 'mine',
    archive: ARCHIVE,
    format,
    me: ['ada'],
    includePrivate: false,
    now: NOW,
    ...fields,
  };
}

async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
  const store = openStore(':memory:');
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

async function texts(store: Store): Promise<string[]> {
  const rows = await store.db.selectFrom('posts').select(['post_id', 'mine']).orderBy('post_id').execute();
  return rows.map(({ post_id, mine }) => `${post_id}${mine ? '' : ' (theirs)'}`);
}

test('every field of a post is kept', () =>
  withStore(async (store) => {
    const whole = post('1', {
      author: { id: 'ada', name: 'Ada Marsh' },
      title: 'T',
      thread: 't1',
      inReplyTo: '0',
      url: 'https://example.org/1',
      language: 'en',
      tags: ['sea', 'gulls'],
      markup: 'html',
      kind: 'article',
      visibility: 'unlisted',
    });

    await importArchive(store, job(toy([whole])));

    const row = await store.db.selectFrom('posts').selectAll().executeTakeFirstOrThrow();
    assert.deepEqual(
      { ...row },
      {
        id: 1,
        archive_id: 1,
        persona: 'ada',
        service: 'toy',
        post_id: '1',
        author_id: 'ada',
        author_name: 'Ada Marsh',
        mine: 1,
        time: '2024-01-02T00:00:00.000Z',
        text: 'This is what number 1 says',
        markup: 'html',
        kind: 'article',
        visibility: 'unlisted',
        title: 'T',
        thread: 't1',
        in_reply_to: '0',
        url: 'https://example.org/1',
        language: 'en',
        tags: '["sea","gulls"]',
      },
    );
  }));

test('an export that is read twice adds nothing, and has one row', () =>
  withStore(async (store) => {
    const items = [post('1'), post('2'), { omitted: 'retweet', place: 'posts.json, 3' }];

    const first = await importArchive(store, job(toy(items)));
    const second = await importArchive(store, job(toy(items)));

    assert.deepEqual([first.added, second.added], [2, 0]);
    const archives = await readArchives(store, { persona: 'ada' });
    assert.equal(archives.length, 1);
    assert.deepEqual(
      { ...archives[0], owner: archives[0]?.owner.join() },
      {
        id: 1,
        persona: 'ada',
        corpus: 'mine',
        format: 'toy',
        name: 'toy.zip',
        owner: 'ada',
        licence: null,
        posts: 2,
        mine: 2,
        from: '2024-01-02T00:00:00.000Z',
        to: '2024-01-03T00:00:00.000Z',
        omissions: { retweet: 1 },
        importedAt: NOW.toISOString(),
        isFinished: true,
      },
    );
  }));

test('a post that comes in two exports is stored once; in two personas, once each', () =>
  withStore(async (store) => {
    const newer = inMemory({ 'posts.json': 'newer' }, 'newer.zip');

    await importArchive(store, job(toy([post('1'), post('2')])));
    const { added } = await importArchive(store, job(toy([post('2'), post('3')]), { archive: newer }));
    await importArchive(store, job(toy([post('2')]), { persona: 'bob' }));

    assert.equal(added, 1);
    assert.deepEqual(await texts(store), ['1', '2', '2', '3']);
  }));

test('who is taken for me can be put right by reading the export again', () =>
  withStore(async (store) => {
    const asBob = [
      post('1', { mine: false, thread: 't' }),
      post('2', { mine: true, thread: 't', author: { id: 'bob' } }),
    ];
    const asAda = [
      post('1', { mine: true, thread: 't' }),
      post('2', { mine: false, thread: 't', author: { id: 'bob' } }),
    ];

    await importArchive(store, job(toy(asBob), { me: ['bob'] }));
    await importArchive(store, job(toy(asAda), { me: ['ada'] }));

    assert.deepEqual(await texts(store), ['1', '2 (theirs)']);
  }));

test('what others wrote stays only in a thread of mine, or where I answered it', () =>
  withStore(async (store) => {
    const theirs = { mine: false, author: { id: 'bob' } };
    const items = [
      post('1', { ...theirs, thread: 'ours' }),
      post('2', { thread: 'ours' }),
      post('3', { ...theirs, thread: 'not ours' }),
      post('4', theirs),
      post('5', { inReplyTo: '6' }),
      post('6', theirs),
    ];

    const { omissions } = await importArchive(store, job(toy(items)));

    assert.deepEqual(await texts(store), ['1 (theirs)', '2', '5', '6 (theirs)']);
    assert.deepEqual(omissions, { 'nothing of mine beside it': 2 });
  }));

test('a thread of very many messages takes no longer than as many threads', { timeout: 120_000 }, () =>
  withStore(async (store) => {
    const items = Array.from({ length: 40_000 }, (_, index) =>
      post(String(index), { mine: false, thread: 'one', inReplyTo: '7', author: { id: 'bob' } }),
    );

    const { omissions } = await importArchive(store, job(toy(items)));

    assert.deepEqual(omissions, { 'nothing of mine beside it': 40_000 });
  }),
);

test('private messages stay out unless they are asked for', () =>
  withStore(async (store) => {
    const items = [post('1'), post('2', { visibility: 'private' }), post('3', { visibility: 'followers' })];

    const { omissions } = await importArchive(store, job(toy(items)));
    assert.deepEqual(omissions, { private: 1 });
    assert.deepEqual(await texts(store), ['1', '3']);

    await importArchive(store, job(toy(items), { includePrivate: true }));
    assert.deepEqual(await texts(store), ['1', '2', '3']);
  }));

test('empty texts are counted, not stored', () =>
  withStore(async (store) => {
    const { omissions } = await importArchive(store, job(toy([post('1', { text: ' \n' })])));

    assert.deepEqual(omissions, { empty: 1 });
  }));

test('a forgotten post does not come back, neither by its id nor by its words', () =>
  withStore(async (store) => {
    await importArchive(store, job(toy([post('1', { text: 'What I regret, said <b>loudly</b>' }), post('2')])));
    const posts = await findPosts(store, 'ada', '1');

    await forgetPosts(store, 'ada', { posts, texts: [], now: NOW });
    const again = [post('1', { text: 'edited since' }), post('9', { text: 'what I regret — said loudly!' }), post('3')];
    const { omissions } = await importArchive(store, job(toy(again)));

    assert.deepEqual(omissions, { forgotten: 2 });
    assert.deepEqual(await texts(store), ['2', '3']);
    const kept = JSON.stringify(await store.db.selectFrom('forgotten').selectAll().execute());
    assert.doesNotMatch(kept, /regret/);
  }));

test('a post is found by id, by service and id, by address, by its words, or by words in it', () =>
  withStore(async (store) => {
    const url = 'https://example.org/2';
    await importArchive(store, job(toy([post('1', { text: 'Hi' }), post('2', { url }), post('3')])));
    const found = async (what: string) => (await findPosts(store, 'ada', what)).map(({ post_id }) => post_id);

    assert.deepEqual(await found('2'), ['2']);
    assert.deepEqual(await found('toy:2'), ['2']);
    assert.deepEqual(await found('other:2'), []);
    assert.deepEqual(await found(url), ['2']);
    assert.deepEqual(await found('hi!'), ['1']);
    assert.deepEqual(await found('what NUMBER 3'), ['3']);
    assert.deepEqual(await found('this is what number'), ['2', '3']);
    assert.deepEqual(await found('num'), []);
  }));

test('an export that breaks off keeps what was read, is not finished, and goes on when it is whole again', () =>
  withStore(async (store) => {
    const items = Array.from({ length: 5000 }, (_, index) => post(String(index)));
    const broken: Format = {
      ...toy([]),
      async *read() {
        yield* items.slice(0, 3000).map(found);
        throw new UserError('toy.zip, posts.json: cut off');
      },
    };

    await assert.rejects(importArchive(store, job(broken)), /cut off/);
    const [unfinished] = await readArchives(store, {});
    const { added } = await importArchive(store, job(toy(items)));

    assert.equal(unfinished?.isFinished, false);
    assert.equal(unfinished?.posts, 3000);
    assert.equal(added, 2000);
  }));

test('stopped, an import ends after the batch at hand, and the next one completes it', () =>
  withStore(async (store) => {
    const items = Array.from({ length: 10_000 }, (_, index) => post(String(index)));
    const stopping = new AbortController();

    const stopped = await importArchive(store, job(toy(items)), {
      signal: stopping.signal,
      onProgress: ({ posts }) => posts >= 4000 && stopping.abort(),
    });
    const resumed: number[] = [];
    const onResume = ({ posts }: { readonly posts: number }) => void resumed.push(posts);
    const rest = await importArchive(store, job(toy(items)), { onResume });
    const again = await importArchive(store, job(toy(items)), { onResume });

    assert.equal(again.added, 0);
    assert.deepEqual(resumed, [4000], 'said once, and not of an import that came to its end');
    assert.equal(stopped.isFinished, false);
    assert.equal(stopped.added, 4000);
    assert.equal(rest.added, 6000);
  }));

test('progress counts bytes once, up to all there are', () =>
  withStore(async (store) => {
    const seen: number[] = [];
    const twice: Format = {
      ...toy([]),
      async *read({ entries }) {
        for (const entry of [entries[0]!, entries[0]!]) for await (const chunk of await entry.open()) void chunk;
        yield found(post('1'));
      },
    };

    await importArchive(store, job(twice), { onProgress: ({ bytesRead }) => seen.push(bytesRead) });

    assert.equal(seen.at(-1), 5000);
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    );
  }));

test('where a format reads everything twice, progress is half-way when it has read everything once', () =>
  withStore(async (store) => {
    const seen: number[] = [];
    const after: number[] = [];
    const twice: Format = {
      ...toy([]),
      readings: 2,
      async *read({ entries }) {
        for (const entry of [entries[0]!, entries[0]!]) {
          for await (const chunk of await entry.open()) void chunk;
          after.push(seen.at(-1) ?? 0);
        }
        for await (const chunk of await entries[0]!.open()) void chunk; // once more than it says: that counts nothing
        yield found(post('1'));
      },
    };

    await importArchive(store, job(twice), { onProgress: ({ bytesRead }) => seen.push(bytesRead) });

    assert.deepEqual(after, [2500, 5000]);
    assert.equal(Math.max(...seen), 5000);
  }));

test('who may be the owner is suggested by conversations, then by posts', async () => {
  const items = [
    post('1', { author: { id: 'bob' }, thread: 'a' }),
    post('2', { author: { id: 'bob' }, thread: 'a' }),
    post('3', { author: { id: 'u7', name: 'Ada' }, thread: 'a' }),
    post('4', { author: { id: 'u7', name: 'Ada' }, thread: 'b' }),
  ];

  assert.deepEqual(await suggestOwners(toy(items), ARCHIVE), ['Ada (u7)', 'bob']);
});

test('read again with another time for a post, as when the zone was said later, the store has the new one', () =>
  withStore(async (store) => {
    const [before, after] = ['2024-01-02T00:00:00.000Z', '2024-01-01T23:00:00.000Z'];
    await importArchive(store, job(toy([post('1', { time: before })])));

    await importArchive(store, job(toy([post('1', { time: after })])));

    const rows = await store.db.selectFrom('posts').select('time').execute();
    assert.deepEqual(
      rows.map(({ time }) => time),
      [after],
    );
  }));
