/** The way through, on each network: an account is given, a draft written, approved and posted; somebody answers, is answered, and it is looked at what came of it; then it is taken back. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { openStore, storeFile } from '../src/store/store.ts';
import { runEidolon } from './cli/run-eidolon.ts';
import { BIN, runDaemon } from './daemon/running-daemon.ts';
import { toyHome, writePersona } from './daemon/toy-home.ts';
import { HANDLE, ME as ME_ON_BLUESKY, PASSWORD, startBluesky } from './publishing/servers/bluesky-server.ts';
import { mastodonServer } from './publishing/servers/mastodon-server.ts';
import { BOB, ME, startXServer } from './publishing/servers/x-server.ts';
import { Terminal } from './terminal.ts';

interface Post {
  readonly id: string;
  readonly text: string;
  readonly inReplyTo: string | null;
}

/** A network as its test server shows it. */
interface World {
  /** Of `eidolon account login`. */
  readonly flags: readonly string[];
  /** What a person would type, question by question. */
  answer(says: readonly string[], asks: string): string | undefined | Promise<string>;
  /** What the account's readers see. */
  posts(): readonly Post[];
  /** Somebody answers the account's post. @returns the id of what they say */
  speak(text: string, to: string): string;
  readonly likes: number;
  /** What must stand nowhere but in .env. */
  readonly secrets: readonly string[];
}

const worlds: Readonly<Record<string, (t: TestContext) => Promise<World>>> = {
  async mastodon(t) {
    const server = await mastodonServer();
    t.after(() => server[Symbol.asyncDispose]());
    const gone = () =>
      server.requests.flatMap(({ method, path }) => (method === 'DELETE' ? (path.split('/').at(-1) ?? '') : []));
    return {
      flags: ['--network', 'mastodon', '--server', server.url],
      answer: (says, asks) =>
        asks === 'The code' ? server.allow(says.findLast((line) => /^http/.test(line))!) : undefined,
      posts: () =>
        server.posts
          .filter(({ status }) => !gone().includes(status.id))
          .map(({ status, source }) => {
            status.favouritesCount = 3;
            return { id: status.id, text: source.text, inReplyTo: status.inReplyToId ?? null };
          }),
      speak(text, to) {
        server.mention({ acct: 'bob@example.social' }, `@ada ${text}`, { inReplyTo: to });
        return '';
      },
      likes: 3,
      secrets: [server.token, 'planted-client-secret'],
    };
  },

  async x(t) {
    const server = await startXServer();
    Object.assign(BOB, { description: 'I write.' }); // elsewhere he asks bots not to answer him
    t.after(() => server[Symbol.asyncDispose]());
    const keys = ['planted-app-key', 'planted-app-secret', '1000-planted-access-token', 'planted-access-secret'];
    const left = [...keys];
    return {
      flags: ['--network', 'x', '--server', server.url, '--with', 'keys'],
      answer: () => left.shift(),
      posts: () =>
        server.posts
          .filter(({ author_id: author }) => author === ME.id)
          .map(({ id, text, referenced_tweets: answered }) => {
            const shown = text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
            return { id, text: shown, inReplyTo: answered?.[0]?.id ?? null };
          }),
      speak: (text, to) => server.add(BOB, text, to).id,
      likes: 3,
      secrets: keys,
    };
  },

  async bluesky(t) {
    const server = await startBluesky(t);
    const bob = 'did:plc:bobbobbobbobbobbobbobbob';
    server.people.set(bob, { did: bob, handle: 'bob.test', displayName: 'Bob', labels: [] });
    return {
      flags: ['--network', 'bluesky', '--server', server.url, '--handle', HANDLE],
      answer: () => PASSWORD,
      posts: () =>
        [...server.records].flatMap(([key, { value }]) => {
          if (!key.startsWith('app.bsky.feed.post/')) return [];
          const reply = value.reply as { readonly parent: { readonly uri: string } } | undefined;
          return [
            { id: `at://${ME_ON_BLUESKY}/${key}`, text: String(value.text), inReplyTo: reply?.parent.uri ?? null },
          ];
        }),
      speak(text, to) {
        const uri = `at://${bob}/app.bsky.feed.post/3kbobbobbobbb`;
        const { cid } = server.records.get(to.split('/').slice(-2).join('/'))!;
        const parent = { uri: to, cid };
        const record = {
          $type: 'app.bsky.feed.post',
          text,
          createdAt: new Date().toISOString(),
          reply: { root: parent, parent },
        };
        server.others.set(uri, { author: bob, record });
        server.notifications.unshift({
          uri,
          cid,
          author: { did: bob, handle: 'bob.test' },
          reason: 'reply',
          record,
          isRead: false,
          indexedAt: new Date().toISOString(),
        });
        return uri;
      },
      likes: 3,
      secrets: [PASSWORD],
    };
  },
};

const QUICK = `undo: 0s
schedule:
  posts: { every: 1s, jitter: 0, between: "00:00-24:00" }
  replies: { every: 1s, perHour: 100, perThread: 10 }`;

for (const [name, open] of Object.entries(worlds)) {
  test(`the way through on ${name}`, { timeout: 180_000 }, async (t) => {
    const world = await open(t);
    const home = toyHome();
    writePersona(home, 'ada', QUICK);
    const printed: string[] = [];
    const eidolon = async (...argv: readonly string[]) => {
      const { status, stdout, stderr } = await runEidolon(argv, { home });
      printed.push(stdout, stderr);
      assert.equal(status, 0, stderr);
      return JSON.parse(stdout);
    };

    await logIn(home, world, printed);
    await using daemon = runDaemon(home);
    await daemon.logged(({ msg }) => msg === 'Listened');
    const first = (await daemon.logged(({ msg }) => msg === 'A draft waits for your review')).draft!;
    await approveAtReview(home, first, /Post for /);
    await daemon.logged(({ msg, draft }) => msg === 'Published' && draft === first);
    const [draft] = (await eidolon('queue', 'list', '--status', 'published', '--json')) as {
      id: number;
      text: string;
    }[];
    const [post] = world.posts();
    assert.deepEqual([world.posts().length, post!.text, post!.inReplyTo, draft!.id], [1, draft!.text, null, first]);

    world.speak('What do you mean by that?', post!.id);
    const reply = await untilReply(daemon, eidolon);
    await approveAtReview(home, reply, /Reply to @bob[\s\S]*What do you mean by that\?/);
    await daemon.logged(({ msg, draft }) => msg === 'Published' && draft === reply);
    assert.equal(world.posts().length, 2);
    const answer = world.posts().find(({ id }) => id !== post!.id)!;
    assert.notEqual(answer.inReplyTo, null);
    assert.notEqual(answer.inReplyTo, post!.id, 'it answers Bob, not itself');

    await olderBy(home, 16 * 60_000);
    await daemon.logged(({ msg }) => msg === 'Looked at what came of posts');
    assert.equal(await likesOf(home, first), world.likes);

    const status = await eidolon('status', '--json');
    assert.ok(status.personas[0].lastPost);
    const [undone] = await eidolon('queue', 'undo', String(first), '--yes', '--json');
    assert.equal(undone.status, 'pending');
    assert.deepEqual(
      world.posts().map(({ id }) => id),
      [answer.id],
    );

    const { code } = await daemon.end('SIGTERM');
    assert.equal(code, 0);
    const told = [...printed, ...daemon.lines.map((line) => JSON.stringify(line)), ...filesOf(home)].join('\n');
    for (const secret of world.secrets) assert.ok(!told.includes(secret));
  });
}

/** All that stands in the home but `.env`, as bytes: the store with its journal, logs, personas. */
function filesOf(home: string): readonly string[] {
  return readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== '.env' && !entry.parentPath.includes('models'))
    .map(({ parentPath, name }) => readFileSync(path.join(parentPath, name), 'latin1'));
}

async function logIn(home: string, world: World, printed: string[]): Promise<void> {
  const says: string[] = [];
  const { status, stdout, stderr } = await runEidolon(['account', 'login', 'ada', ...world.flags, '--yes', '--json'], {
    home,
    answer: async (line) => {
      const said = JSON.parse(line);
      if (said.says !== undefined) says.push(said.says);
      return said.asks === undefined ? undefined : world.answer(says, said.asks);
    },
  });
  printed.push(stdout, stderr);
  assert.equal(status, 0, stderr);
}

/** At the screen of `eidolon review`: what is not the draft is passed over, and of it the first candidate is taken. */
async function approveAtReview(home: string, draft: number, sees: RegExp): Promise<void> {
  const review = new Terminal([process.execPath, BIN, 'review', 'ada'], {
    columns: 100,
    rows: 50,
    env: { EIDOLON_HOME: home },
  });
  for (;;) {
    const screen = await review.shows(/draft \d+ ·/);
    const [, shown] = /draft (\d+) ·/.exec(screen)!;
    if (Number(shown) === draft) {
      assert.match(screen, sees);
      break;
    }
    review.type('s');
    await review.shows(new RegExp(`Draft ${shown} waits for another time`));
  }
  review.type('1');
  await review.shows(new RegExp(`Draft ${draft} is approved`));
  review.type('q');
  assert.equal((await review.exit).exitCode, 0);
}

type Eidolon = (...argv: readonly string[]) => Promise<readonly { id: number; kind: string }[]>;

/** The draft that answers; others wait beside it. */
async function untilReply(daemon: ReturnType<typeof runDaemon>, eidolon: Eidolon): Promise<number> {
  const seen = new Set<number>();
  for (;;) {
    const { draft } = await daemon.logged(
      (line) => line.msg === 'A draft waits for your review' && !seen.has(line.draft ?? 0),
    );
    seen.add(draft ?? 0);
    const found = (await eidolon('queue', 'list', '--json')).find(({ kind }) => kind === 'reply');
    if (found) return found.id;
  }
}

/** Time passes for what is posted. */
async function olderBy(home: string, ms: number): Promise<void> {
  const store = openStore(storeFile(home));
  const at = new Date(Date.now() - ms).toISOString();
  await store.db.updateTable('drafts').set({ published_at: at }).where('status', '=', 'published').execute();
  await store.close();
}

async function likesOf(home: string, draftId: number): Promise<number | undefined> {
  const store = openStore(storeFile(home));
  const row = await store.db.selectFrom('outcomes').select('likes').where('draft_id', '=', draftId).executeTakeFirst();
  await store.close();
  return row?.likes;
}
