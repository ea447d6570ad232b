/**
 * From a mention to a draft that waits for review, by streaming and by looking at intervals, on each network; and a thousand
 * mentions at once. The daemon as it is, the example persona on its model, the servers of the tests on loopback.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openStore, storeFile } from '../src/store/store.ts';
import { type LogLine, type RunningDaemon, runDaemon } from '../test/daemon/running-daemon.ts';
import { HANDLE, PASSWORD, startBluesky } from '../test/publishing/servers/bluesky-server.ts';
import { type MastodonServer, mastodonServer } from '../test/publishing/servers/mastodon-server.ts';
import { startXServer } from '../test/publishing/servers/x-server.ts';
import { exampleHome, median, row } from './example-home.ts';
import { residentMegabytes } from './resident-megabytes.ts';

const MENTIONS = 15;
/** Of a network that is only looked at, where each takes its interval. */
const FEW_MENTIONS = 8;
const INTERVAL_S = 10;
const AT_ONCE = 1000;
const FROM_ONE = 600;
const SAMPLE_MS = 100;

/** A network's server, and who speaks there. */
interface World extends AsyncDisposable {
  readonly account: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly isReady: () => boolean;
  speak(index: number): void;
}

const question = (index: number) => `@ada What do you make of hope, number ${index}?`;

const worlds = {
  async mastodon(isStreaming: boolean): Promise<World> {
    const server = await mastodonServer();
    server.settings.hasStreams = isStreaming;
    return {
      ...accountOn(server),
      isReady: () => !isStreaming || server.streams.size === 1,
      speak: (index) => void server.mention({ acct: `person${index}@example.social` }, question(index)),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
  async x(): Promise<World> {
    const server = await startXServer();
    const keys = 'appKey: KEY, appSecret: KEY, accessToken: TOKEN, accessSecret: TOKEN';
    return {
      account: `network: x, server: "${server.url}", ${keys}`,
      secrets: { KEY: 'key', TOKEN: '1000-token' },
      isReady: () => true,
      speak(index) {
        const person = { id: String(3000 + index), name: `Person ${index}`, username: `person${index}` };
        server.add(server.join(person), question(index));
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
  async bluesky(): Promise<World> {
    const closing: (() => unknown)[] = [];
    const server = await startBluesky({ after: (close: unknown) => void closing.push(close as () => unknown) });
    return {
      account: `network: bluesky, server: "${server.url}", handle: ${HANDLE}, password: PASSWORD`,
      secrets: { PASSWORD },
      isReady: () => true,
      speak(index) {
        const did = `did:plc:${String(index)
          .padStart(24, 'a')
          .replaceAll(/[0189]/g, 'b')}${index}`;
        const author = { did, handle: `person${index}.test` };
        const indexedAt = new Date().toISOString();
        const record = { $type: 'app.bsky.feed.post', text: question(index), createdAt: indexedAt };
        const uri = `at://${did}/app.bsky.feed.post/3kbobbobbob${index}`;
        server.people.set(did, { ...author, displayName: `Person ${index}`, labels: [] });
        server.others.set(uri, { author: did, record });
        const cid = 'bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a';
        server.notifications.unshift({ uri, cid, author, reason: 'mention', record, isRead: false, indexedAt });
      },
      async [Symbol.asyncDispose]() {
        for (const close of closing) await close();
      },
    };
  },
};

function accountOn({ url, token }: Pick<MastodonServer, 'url' | 'token'>) {
  return { account: `network: mastodon, server: "${url}", token: ADA_TOKEN`, secrets: { ADA_TOKEN: token } };
}

function homeOn({ account, secrets }: Pick<World, 'account' | 'secrets'>, replies: string) {
  const home = exampleHome();
  const settings = path.join(home.folder, 'personas', 'ambrose', 'persona.yaml');
  const yaml = readFileSync(settings, 'utf8')
    .replace(/^account: .*$/m, `account: { ${account} }`)
    .replace(/^ {2}replies: .*$/m, `  replies: ${replies}`);
  writeFileSync(settings, yaml);
  const lines = Object.entries(secrets).map(([name, value]) => `${name}='${value}'\n`);
  writeFileSync(path.join(home.folder, '.env'), lines.join(''), { mode: 0o600 });
  return home;
}

const queued = ({ lines }: RunningDaemon) => lines.filter(({ msg }) => msg === 'A draft waits for your review');
const timeOf = (line: LogLine) => Date.parse((line as LogLine & { readonly time: string }).time);

async function until(daemon: RunningDaemon, claim: () => boolean): Promise<void> {
  while (!claim()) {
    if (daemon.process.exitCode !== null)
      throw new Error(`The daemon ended: ${JSON.stringify(daemon.lines.slice(-5))}`);
    await wait(20);
  }
}

interface Latency {
  /** Until the model begins to write, and until the draft waits; seconds. */
  readonly untilWriting: number;
  readonly untilQueued: number;
}

async function latencies(open: () => Promise<World>, every: string, count: number): Promise<readonly Latency[]> {
  await using world = await open();
  using home = homeOn(world, `{ every: ${every}, perHour: 1000, perThread: 3 }`);
  await using daemon = runDaemon(home.folder);
  await until(daemon, () => queued(daemon).length >= 3 && daemon.lines.some(({ msg }) => msg === 'Listened'));
  await until(daemon, world.isReady);

  const measured: Latency[] = [];
  for (let index = 0; index < count; index++) {
    await wait(500 + ((index * 677) % 1000)); // not in step with the daemon's clock
    const [before, from] = [queued(daemon).length, daemon.lines.length];
    const start = Date.now();
    world.speak(index);
    await until(daemon, () => queued(daemon).length > before);
    const writing = daemon.lines.slice(from).find(({ msg }) => msg === 'Generates');
    const untilWriting = ((writing ? timeOf(writing) : Date.now()) - start) / 1000;
    measured.push({ untilWriting, untilQueued: (timeOf(queued(daemon).at(-1)!) - start) / 1000 });
  }
  await daemon.end('SIGTERM');
  return measured;
}

async function flood() {
  await using server = await mastodonServer();
  using home = homeOn(accountOn(server), '{ every: 2m, perHour: 6, perThread: 3 }');
  await using daemon = runDaemon(home.folder);
  await until(daemon, () => queued(daemon).length >= 3 && server.streams.size === 1);
  // Of a first look only the newest page is read: from here on it knows where it was.
  server.mention({ acct: 'first@example.social' }, '@ada Is anybody there?');
  await until(daemon, () => queued(daemon).length >= 4);
  await wait(2000);
  const pid = daemon.process.pid!;
  const calm = residentMegabytes(pid);
  const start = Date.now();
  for (let index = 0; index < AT_ONCE; index++) {
    const acct = index < FROM_ONE ? 'flooder@example.social' : `person${index}@example.social`;
    server.mention({ acct }, `@ada Question number ${index}, and what of it?`);
  }
  let peak = 0;
  const store = openStore(storeFile(home.folder));
  const count = async (status: string) => {
    const { fn } = store.db;
    const rows = store.db
      .selectFrom('mentions')
      .select(fn.countAll<number>().as('count'))
      .where('status', '=', status as 'waiting');
    return Number((await rows.executeTakeFirstOrThrow()).count);
  };
  let takenIn = 0;
  while (queued(daemon).length < 3 + 6 || takenIn === 0) {
    if (daemon.process.exitCode !== null) throw new Error('The daemon ended');
    peak = Math.max(peak, residentMegabytes(pid));
    const all = (await count('waiting')) + (await count('passed over')) + (await count('answered'));
    if (takenIn === 0 && all === AT_ONCE + 1) takenIn = (Date.now() - start) / 1000;
    await wait(SAMPLE_MS);
  }
  const people = await store.db
    .selectFrom('mentions')
    .select('author_name')
    .distinct()
    .where('status', '=', 'answered')
    .execute();
  const bugs = daemon.lines.filter(({ level }) => level >= 50).length;
  const result = {
    calm,
    peak,
    takenIn,
    people: people.length,
    waiting: await count('waiting'),
    passedOver: await count('passed over'),
    bugs,
  };
  await store.close();
  const { code } = await daemon.end('SIGTERM');
  return { ...result, code };
}

const seconds = (value: number) => `${value.toFixed(1)} s`;

async function tellLatencies(): Promise<void> {
  const heading = ['mention to queued draft', 'until the model writes, median', 'longest'];
  row(...heading, 'until it waits for review, median', 'longest', 'bound');
  row('---', '---', '---', '---', '---', '---');
  const looks = `every ${INTERVAL_S} s`;
  const atMost = `at most ${INTERVAL_S} s, generation aside`;
  for (const [name, open, every, count, bound] of [
    ['Mastodon, by streaming', () => worlds.mastodon(true), '1d', MENTIONS, 'median at most 5 s, generation aside'],
    [`Mastodon, ${looks}`, () => worlds.mastodon(false), `${INTERVAL_S}s`, FEW_MENTIONS, atMost],
    [`X, ${looks}`, worlds.x, `${INTERVAL_S}s`, FEW_MENTIONS, atMost],
    [`Bluesky, ${looks}`, worlds.bluesky, `${INTERVAL_S}s`, FEW_MENTIONS, atMost],
  ] as const) {
    const all = await latencies(open, every, count);
    const [writing, waiting] = [all.map(({ untilWriting }) => untilWriting), all.map(({ untilQueued }) => untilQueued)];
    row(
      `${name}, ${count} mentions`,
      seconds(median(writing)),
      seconds(Math.max(...writing)),
      seconds(median(waiting)),
      seconds(Math.max(...waiting)),
      bound,
    );
  }
}

async function tellFlood(): Promise<void> {
  const told = await flood();
  row(`${AT_ONCE} mentions at once, ${FROM_ONE} of them from one`, '');
  row('---', '---');
  row('taken in after', seconds(told.takenIn));
  row('resident before, and at most', `${told.calm.toFixed(0)} MB, ${told.peak.toFixed(0)} MB`);
  row('answered in the first hour, of 6', `${told.people} people, once each`);
  row('waiting, passed over', `${told.waiting}, ${told.passedOver}`);
  row('errors logged, exit code', `${told.bugs}, ${told.code}`);
}

/** `latency` or `flood`; without it, both. */
const [asked] = process.argv.slice(2);
if (asked !== 'flood') await tellLatencies();
if (asked === undefined) console.log();
if (asked !== 'latency') await tellFlood();
