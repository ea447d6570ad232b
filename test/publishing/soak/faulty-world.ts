/**
 * Personas with accounts on test servers of every network, a process that publishes for them and is killed at any point, and
 * servers that go wrong as they are told. In the end each approved draft is counted on its server.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDraft } from '../../../src/queue/create-draft.ts';
import { approve } from '../../../src/review/decide.ts';
import { openStore, storeFile, transaction } from '../../../src/store/store.ts';
import { draftOf } from '../../queue/prepared-drafts.ts';
import { type Fault as BlueskyFault, HANDLE, PASSWORD, startBluesky } from '../servers/bluesky-server.ts';
import { type Fault as MastodonFault, mastodonServer } from '../servers/mastodon-server.ts';
import { ME, startXServer, type Fault as XFault } from '../servers/x-server.ts';
import type { FromProcess, ToProcess } from './publishing-process.ts';

export const NETWORKS = ['mastodon', 'x', 'bluesky'] as const;
export type NetworkName = (typeof NETWORKS)[number];

/** What a server does to a post, or to whatever else it is asked; `killed …`: and to who asks. */
export const POST_FAULTS = {
  mastodon: [
    'reset',
    'done, then reset',
    'silence',
    'done, then silence',
    'done, then cut off',
    'page 200',
    'done, then page 200',
    'page 502',
    'done, then page 502',
    'empty 500',
    'done, then empty 500',
    'done, then JSON 500',
    'JSON 503',
    'done, then no id',
    'proxy 429',
    'done, then proxy 429',
    'limit 429',
    'page 429',
    'JSON 408',
    'redirect',
    'reset, done late',
  ],
  x: [
    'reset',
    'html 200',
    'html 403',
    'html 502',
    '429',
    '429 bare',
    '429 day',
    '401',
    '503',
    'done, lost',
    'done, cut',
    'done, late',
    'done, html 502',
    'done, empty 500',
    'done, empty 201',
    'reset, done late',
  ],
  bluesky: [
    'loses the request',
    'loses the answer',
    'does it late',
    'cuts the answer',
    'HTML 502',
    'HTML 502 afterwards',
    'HTML 200 afterwards',
    'empty 500 afterwards',
    'error 500',
    '429 with headers',
    '429 without headers',
    'proxy 429',
    'token expired',
    'never answers',
  ],
} as const satisfies {
  readonly mastodon: readonly MastodonFault[];
  readonly x: readonly XFault[];
  readonly bluesky: readonly (BlueskyFault | 'never answers')[];
};

export const READ_FAULTS = {
  mastodon: ['reset', 'page 200', 'page 502', 'empty 500', 'JSON 503', 'limit 429', 'done, then cut off'],
  x: ['reset', 'html 200', 'html 502', '429', '503', 'done, cut', 'done, lost'],
  bluesky: ['loses the request', 'loses the answer', 'cuts the answer', 'HTML 502', 'error 500', 'token expired'],
} as const;

export type PostFault<Name extends NetworkName = NetworkName> = (typeof POST_FAULTS)[Name][number];
/** What happens to a request: nothing, a fault, or the death of the process that asks, before or after the server did its work. */
export type Whim = string | undefined | 'killed before' | 'killed after';

export interface Asked {
  readonly network: NetworkName;
  readonly persona: string;
  readonly isPost: boolean;
}

export interface WorldOptions {
  readonly personas: number;
  readonly draftsEach: number;
  readonly networks?: readonly NetworkName[];
  /** Asked of every request. */
  readonly whim: (asked: Asked) => Whim;
  /** After how much real time the process is killed, from its start on; undefined: it lives. */
  readonly killAfterMs: () => number | undefined;
  /** For differences between servers: 0 ≤ x < 1. */
  readonly random: () => number;
}

export interface Ending {
  readonly drafts: number;
  readonly published: number;
  /** Drafts that became one. */
  readonly threads: number;
  /** Left to the owner, and of these how many are there. */
  readonly held: number;
  readonly heldAndThere: number;
  /** Texts that stand there more than once. */
  readonly duplicates: readonly string[];
  /** Threads that are there whole, but whose posts do not answer each other in order. */
  readonly outOfOrder: readonly string[];
  /** Said to be published and not there, or neither published nor held. */
  readonly lost: readonly string[];
  readonly requests: number;
  readonly faults: number;
  readonly kills: number;
  /** What the clock says went by. */
  readonly simulatedMs: number;
  readonly seconds: number;
}

interface Site {
  readonly persona: string;
  readonly network: NetworkName;
  readonly settings: string;
  readonly variables: Readonly<Record<string, string>>;
  /** How often a text stands there. */
  count(text: string): number;
  /** The text that it answers. */
  answered(text: string): string | undefined;
  catchUp(): void;
}

export async function liveThrough(options: WorldOptions): Promise<Ending> {
  const { personas, draftsEach, networks = NETWORKS, random } = options;
  const began = performance.now();
  await using cleanup = new AsyncDisposableStack();
  const home = mkdtempSync(path.join(tmpdir(), 'eidolon-soak-'));
  cleanup.defer(() => rmSync(home, { recursive: true, force: true }));
  const tally = { requests: 0, faults: 0, kills: 0 };
  const clock = { aheadMs: 0 };
  const now = () => Date.now() + clock.aheadMs;
  let child: ChildProcess | undefined;

  /** The fault for a request; a process that is to die is killed on the way. */
  function decide<Fault extends string>(asked: Asked, before: Fault, after: Fault): Fault | undefined {
    tally.requests++;
    const whim = options.whim(asked);
    if (whim === undefined) return undefined;
    tally.faults++;
    if (whim !== 'killed before' && whim !== 'killed after') return whim as Fault;
    child?.kill('SIGKILL');
    return whim === 'killed before' ? before : after;
  }

  const sites: Site[] = [];
  for (let index = 0; index < personas; index++) {
    const persona = `p${index}`;
    const network = networks[index % networks.length]!;
    sites.push(await SITES[network]({ persona, now, random, decide, cleanup }));
  }
  writeHome(home, sites);
  const drafts = await insertDrafts(home, sites, draftsEach, new Date(now()));

  for (let isDone = false; !isDone; ) {
    child = fork(path.join(import.meta.dirname, 'publishing-process.ts'), [home], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...globalThis.process.env, XDG_STATE_HOME: path.join(home, 'state') },
    });
    const process = child;
    let timer: NodeJS.Timeout | undefined;
    const dieInTime = () => {
      const afterMs = options.killAfterMs();
      clearTimeout(timer);
      if (afterMs !== undefined) timer = setTimeout(() => process.kill('SIGKILL'), afterMs);
    };
    process.on('message', (message: FromProcess) => {
      if ('isDone' in message) {
        isDone = true;
        return;
      }
      clock.aheadMs += message.passMs;
      for (const site of sites) site.catchUp();
      say(process, clock);
    });
    const ended = once(process, 'exit');
    say(process, clock);
    dieInTime();
    const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null];
    clearTimeout(timer);
    if (signal === 'SIGKILL') tally.kills++;
    else if (code !== 0) throw new Error(`The process that publishes ended with ${code ?? signal}`);
  }
  for (const site of sites) site.catchUp();
  const counted = await count(home, sites, drafts);
  return { ...counted, ...tally, simulatedMs: clock.aheadMs, seconds: (performance.now() - began) / 1000 };
}

function say(process: ChildProcess, message: ToProcess): void {
  process.send({ ...message }, () => {}); // one that was killed does not hear it
}

interface SiteOptions {
  readonly persona: string;
  readonly now: () => number;
  readonly random: () => number;
  readonly decide: <Fault extends string>(asked: Asked, before: Fault, after: Fault) => Fault | undefined;
  readonly cleanup: AsyncDisposableStack;
}

const SITES: { readonly [Name in NetworkName]: (options: SiteOptions) => Promise<Site> } = {
  async mastodon({ persona, now, random, decide, cleanup }) {
    const server = cleanup.use(await mastodonServer());
    Object.assign(server.settings, {
      now,
      skewMs: Math.round((random() - 0.5) * 4 * 3_600_000),
      shuffles: random() < 0.3,
      repeats: random() < 0.3,
      failsKnownKeys: random() < 0.3,
      hasSource: random() < 0.7,
    });
    server.chaos = (request) => {
      const isPost = request === 'POST /api/v1/statuses';
      return decide<MastodonFault>({ network: 'mastodon', persona, isPost }, 'reset', 'done, then reset');
    };
    const variable = `${persona.toUpperCase()}_TOKEN`;
    return {
      persona,
      network: 'mastodon',
      settings: `{ network: mastodon, server: "${server.url}", token: ${variable}, threads: true }`,
      variables: { [variable]: server.token },
      count: (text) => server.posts.filter(({ source }) => source.text === text).length,
      answered(text) {
        const of = server.posts.find(({ source }) => source.text === text)?.status.inReplyToId;
        return server.posts.find(({ status }) => status.id === of)?.source.text;
      },
      catchUp: () => {},
    };
  },
  async x({ persona, now, random, decide, cleanup }) {
    const lagMs = random() < 0.5 ? 0 : Math.round(random() * 300_000);
    const server = await startXServer({ now: () => new Date(now()), refusesDuplicates: random() < 0.5, lagMs });
    cleanup.use(server);
    Object.assign(server.settings, {
      skewMs: Math.round((random() - 0.5) * 10 * 60_000),
      shuffles: random() < 0.3,
      repeats: random() < 0.3,
    });
    server.misbehaveBy((request) => {
      return decide<XFault>({ network: 'x', persona, isPost: request === 'POST /2/tweets' }, 'reset', 'done, lost');
    });
    const names = ['appKey', 'appSecret', 'accessToken', 'accessSecret'];
    const variables = names.map((name) => [name, `${persona}_${name}`.toUpperCase()] as const);
    return {
      persona,
      network: 'x',
      settings: `{ network: x, server: "${server.url}", ${variables.map(([name, variable]) => `${name}: ${variable}`).join(', ')}, threads: true }`,
      variables: Object.fromEntries(variables.map(([name, variable]) => [variable, `1000-${name}`])),
      count: (text) => server.posts.filter((post) => post.author_id === ME.id && post.text === text).length,
      answered(text) {
        const of = server.posts.find((post) => post.text === text)?.referenced_tweets?.[0]?.id;
        return server.posts.find(({ id }) => id === of)?.text;
      },
      catchUp: () => {},
    };
  },
  async bluesky({ persona, now, random, decide, cleanup }) {
    const server = await startBluesky({
      after: (work) => void cleanup.defer(() => void work?.call(undefined as never, undefined as never, () => {})),
    });
    Object.assign(server, { now, skewMs: Math.round((random() - 0.5) * 4 * 3_600_000) });
    server.misbehave = (method) => {
      const isPost = method === 'com.atproto.repo.createRecord';
      return decide<BlueskyFault | 'never answers'>(
        { network: 'bluesky', persona, isPost },
        'loses the request',
        'loses the answer',
      );
    };
    const variable = `${persona.toUpperCase()}_PASSWORD`;
    return {
      persona,
      network: 'bluesky',
      settings: `{ network: bluesky, server: "${server.url}", handle: ${HANDLE}, password: ${variable}, threads: true }`,
      variables: { [variable]: PASSWORD },
      count: (text) => server.posts().filter((post) => post.text === text).length,
      answered(text) {
        const reply = server.posts().find((post) => post.text === text)?.reply as
          | { readonly parent: { readonly uri: string } }
          | undefined;
        return server.records.get(reply?.parent.uri.split('/').slice(-2).join('/') ?? '')?.value.text as
          | string
          | undefined;
      },
      catchUp: () => server.catchUp(),
    };
  },
};

function writeHome(home: string, sites: readonly Site[]): void {
  for (const { persona, settings } of sites) {
    const folder = path.join(home, 'personas', persona);
    mkdirSync(folder, { recursive: true });
    const yaml = [
      `name: ${persona}`,
      'model: none',
      'undo: 0s',
      'queue: { expireAfter: 366d }',
      `account: ${settings}`,
    ];
    writeFileSync(path.join(folder, 'persona.yaml'), `${yaml.join('\n')}\n`);
  }
  const variables = sites.flatMap(({ variables }) => Object.entries(variables));
  writeFileSync(path.join(home, '.env'), variables.map(([name, value]) => `${name}='${value}'\n`).join(''), {
    mode: 0o600,
  });
}

/** Every fourth is a thread everywhere. */
function textOf(persona: string, index: number): string {
  if (index % 4 !== 3) return `${persona} says the ${index}th thing, and that is all.`;
  // No piece of it may stand in another text, wherever it is cut.
  const words = (part: string) => Array.from({ length: 13 }, (_, at) => `${part} ${index}.${at}`).join(', ');
  const sentence = (part: string) => `Here ${persona} says the ${index}th thing: ${words(part)}.`;
  return ['short', 'full', 'detail', 'earnest'].map(sentence).join(' ');
}

interface Planned {
  readonly id: number;
  readonly text: string;
  readonly site: Site;
}

async function insertDrafts(
  home: string,
  sites: readonly Site[],
  each: number,
  now: Date,
): Promise<readonly Planned[]> {
  const store = openStore(storeFile(home));
  const planned: Planned[] = [];
  await transaction(store, async (inside) => {
    for (const site of sites) {
      for (let index = 0; index < each; index++) {
        const text = textOf(site.persona, index);
        const draft = draftOf([text], { persona: site.persona, dueAt: new Date(now.getTime() - each + index), now });
        const id = await createDraft(inside, draft);
        await approve(inside, { draftId: id, now, undoMs: 0 });
        planned.push({ id, text, site });
      }
    }
  });
  await store.close();
  return planned;
}

async function count(home: string, _: readonly Site[], drafts: readonly Planned[]) {
  const store = openStore(storeFile(home));
  const rows = await store.db.selectFrom('drafts').select(['id', 'status', 'held_at', 'reason', 'parts']).execute();
  await store.close();
  const byId = new Map(rows.map((row) => [row.id, row]));
  const ending = {
    drafts: drafts.length,
    published: 0,
    threads: 0,
    held: 0,
    heldAndThere: 0,
    duplicates: [] as string[],
    lost: [] as string[],
    outOfOrder: [] as string[],
  };
  for (const { id, text, site } of drafts) {
    const row = byId.get(id)!;
    const parts: readonly string[] = row.parts === null ? [text] : JSON.parse(row.parts);
    const times = parts.map((part) => site.count(part));
    const isThere = times.every((count) => count > 0);
    const what = `${site.network}, draft ${id}, ${row.status}, ${times} times there: ${row.reason ?? 'no reason'}`;
    if (times.some((count) => count > 1)) ending.duplicates.push(what);
    if (parts.length > 1) ending.threads++;
    const isInOrder = parts.every((part, index) => site.answered(part) === parts[index - 1]);
    if (isThere && !isInOrder) ending.outOfOrder.push(what);
    if (row.status === 'published') ending.published++;
    if (row.held_at !== null) ending.held++;
    if (row.held_at !== null && isThere) ending.heldAndThere++;
    const isWell = row.status === 'published' ? isThere : row.status === 'uncertain' && row.held_at !== null;
    if (!isWell) ending.lost.push(what);
  }
  return ending;
}
