/**
 * A PDS with its AppView on this machine, as far as a persona goes: sessions, one account's repository, blobs, and what
 * others wrote. After bluesky-social/atproto (packages/pds, packages/bsky) and held to the lexicons: what it is sent and what it
 * answers must be of the published shapes. It misbehaves on command.
 */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import * as atproto from '@atcute/atproto';
import * as bluesky from '@atcute/bluesky';
import { toString as cidString, create as createCid } from '@atcute/cid';
import { type BaseSchema, safeParse } from '@atcute/lexicons/validations';

export const FAULTS = [
  'loses the request',
  'loses the answer',
  'does it late', // the connection ends, and the request is carried out when it no longer matters to anyone
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
] as const;
export type Fault = (typeof FAULTS)[number];

/** What of it the account's owner and readers would see. */
export interface BlueskyServer {
  readonly url: string;
  /** Records of the account's repository by `collection/rkey`. */
  readonly records: Map<string, { readonly cid: string; readonly value: Record<string, unknown> }>;
  readonly posts: () => readonly Record<string, unknown>[];
  readonly asked: { readonly method: string; readonly authorization: string | undefined }[];
  /** Of others: posts by URI, people by DID, notifications newest first. */
  readonly others: Map<string, PostOfOther>;
  readonly people: Map<string, object>;
  notifications: object[];
  /** How the next request of a method goes wrong. */
  misbehave: (method: string) => Fault | 'never answers' | undefined;
  /** Carries out what it was late with. */
  catchUp(): void;
  /** The time as it should be, and how far the server's clock is off. */
  now: () => number;
  skewMs: number;
  /** The notifications of a page are in no order. */
  shuffles: boolean;
  /** A page tells a notification twice. */
  repeats: boolean;
  /** How long its tokens are good for, in seconds from now. */
  tokenSeconds: number;
  /** From now on no token that it gave is good. */
  revoke(): void;
  status: 'active' | 'takendown' | 'deactivated';
  /** The points that are left of a limit, and when it ends. */
  remaining: { points: number; reset: number } | null;
}

export interface PostOfOther {
  readonly author: string;
  readonly record: Record<string, unknown>;
}

export const ME = 'did:plc:adaadaadaadaadaadaadaada';
export const HANDLE = 'ada.test';
export const PASSWORD = 'abcd-efgh-ijkl-mnop';

interface Call {
  readonly method: string;
  readonly params: URLSearchParams;
  readonly body: Buffer;
  readonly token: string | undefined;
  readonly type: string | undefined;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

class XrpcError extends Error {
  readonly status: number;
  readonly error: string;
  constructor(status: number, error: string, message: string) {
    super(message);
    this.status = status;
    this.error = error;
  }
}
const invalid = (message: string, error = 'InvalidRequest') => new XrpcError(400, error, message);

export async function startBluesky(t: Pick<TestContext, 'after'>): Promise<BlueskyServer> {
  const tokens = new Map<string, { readonly kind: 'access' | 'refresh'; readonly expires: number }>();
  const cids = new Map<string, string>();
  const late: Call[] = [];
  const http = createServer((request, response) => void handle(request, response));
  await once(http.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    http.closeAllConnections();
    http.close();
  });

  const server: BlueskyServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    records: new Map(),
    posts: () =>
      [...server.records].flatMap(([key, { value }]) => (key.startsWith('app.bsky.feed.post/') ? [value] : [])),
    asked: [],
    others: new Map(),
    people: new Map(),
    notifications: [],
    misbehave: () => undefined,
    catchUp() {
      for (const call of late.splice(0)) carryOut(call);
    },
    now: () => Date.now(),
    skewMs: 0,
    shuffles: false,
    repeats: false,
    tokenSeconds: 7200,
    revoke: () => tokens.clear(),
    status: 'active',
    remaining: null,
  };
  const clock = () => server.now() + server.skewMs;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: params } = new URL(request.url ?? '', server.url);
    const method = pathname.replace('/xrpc/', '');
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    const { authorization, 'content-type': type } = request.headers;
    server.asked.push({ method, authorization });
    const call: Call = { method, params, body, token: authorization?.replace('Bearer ', ''), type };
    await prepareCids(call);
    respond(response, call, server.misbehave(method));
  }

  function respond(response: ServerResponse, call: Call, fault: Fault | 'never answers' | undefined): void {
    response.setHeader('date', new Date(clock()).toUTCString());
    const json = { 'content-type': 'application/json; charset=utf-8' };
    const html = { 'content-type': 'text/html' };
    switch (fault) {
      case 'loses the request':
        return void response.destroy();
      case 'never answers':
        carryOut(call);
        return;
      case 'does it late':
        late.push(call);
        return void response.destroy();
      case 'HTML 502':
        return void response.writeHead(502, html).end('<h1>Bad Gateway</h1>');
      case 'proxy 429':
        return void response.writeHead(429, html).end('<h1>Slow down</h1>');
      case 'error 500':
        return void response.writeHead(500, json).end(JSON.stringify(INTERNAL));
      case '429 with headers': {
        const reset = Math.ceil(clock() / 1000) + 120;
        const limit = { 'ratelimit-limit': '5000', 'ratelimit-remaining': '0', 'ratelimit-reset': `${reset}` };
        return void response
          .writeHead(429, { ...json, ...limit, 'ratelimit-policy': '5000;w=3600', 'retry-after': '120' })
          .end(JSON.stringify(LIMITED));
      }
      case '429 without headers':
        return void response.writeHead(429, json).end(JSON.stringify(LIMITED));
      case 'token expired':
        return void response.writeHead(400, json).end(JSON.stringify(EXPIRED));
      default:
    }
    const reply = carryOut(call);
    if (fault === 'loses the answer') return void response.destroy();
    if (fault === 'HTML 502 afterwards') return void response.writeHead(502, html).end('<h1>Bad Gateway</h1>');
    if (fault === 'HTML 200 afterwards') return void response.writeHead(200, html).end('<h1>Are you human?</h1>');
    if (fault === 'empty 500 afterwards') return void response.writeHead(500).end();
    const text = JSON.stringify(reply.body);
    if (fault === 'cuts the answer') {
      response.writeHead(reply.status, { ...json, 'content-length': text.length });
      response.write(text.slice(0, text.length / 2), () => response.destroy());
      return;
    }
    response.writeHead(reply.status, { ...json, ...limitHeaders(), ...reply.headers }).end(text);
  }

  function carryOut(call: Call): Reply {
    try {
      const answer = METHODS[call.method]?.(call);
      if (answer === undefined) throw new XrpcError(501, 'MethodNotImplemented', 'Method Not Implemented');
      return { status: 200, body: answer };
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error; // of the tests, not of the server
      // An error that the PDS does not expect is told without its message: xrpc-server's errors.ts.
      if (!(error instanceof XrpcError)) return { status: 500, body: INTERNAL };
      return { status: error.status, body: { error: error.error, message: error.message } };
    }
  }

  function limitHeaders(): Record<string, string> {
    if (!server.remaining) return {};
    const { points, reset } = server.remaining;
    return { 'ratelimit-limit': '5000', 'ratelimit-remaining': `${points}`, 'ratelimit-reset': `${reset}` };
  }

  /** Hashes are made by a promise, and requests are carried out at once. */
  async function prepareCids({ method, body }: Call): Promise<void> {
    const content =
      method.endsWith('Record') && body.length > 0 ? JSON.stringify(JSON.parse(body.toString()).record ?? null) : '';
    for (const one of [content, ...[...server.others.values()].map(({ record }) => JSON.stringify(record))]) {
      cids.set(one, cids.get(one) ?? cidString(await createCid(0x71, Buffer.from(one))));
    }
    if (method.endsWith('uploadBlob')) cids.set(hash(body), cidString(await createCid(0x55, body)));
  }

  function newTokens() {
    const make = (kind: 'access' | 'refresh', seconds: number) => {
      const expires = Math.floor(clock() / 1000) + seconds;
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const token = `${part({ typ: 'at+jwt' })}.${part({ sub: ME, exp: expires, jti: randomUUID() })}.signature`;
      tokens.set(token, { kind, expires });
      return token;
    };
    return { accessJwt: make('access', server.tokenSeconds), refreshJwt: make('refresh', 90 * 86_400) };
  }

  function authorize({ token }: Call, kind: 'access' | 'refresh' = 'access'): void {
    if (token === undefined) throw new XrpcError(401, 'AuthMissing', 'Authentication Required');
    const known = tokens.get(token);
    if (known?.kind !== kind) throw invalid('Token could not be verified', 'InvalidToken');
    if (known.expires <= clock() / 1000) throw invalid('Token has expired', 'ExpiredToken');
    if (server.status === 'takendown') throw new XrpcError(401, 'AccountTakedown', 'Account has been taken down');
  }

  function authorView(did: string) {
    const person = did === ME ? { did, handle: HANDLE } : server.people.get(did);
    return { did, handle: 'handle.invalid', labels: [], ...person };
  }

  function postView(uri: string): object | undefined {
    const key = uri.replace(`at://${ME}/`, '');
    const own = uri.startsWith(`at://${ME}/`) ? server.records.get(key) : undefined;
    const other = server.others.get(uri);
    if (!own && !other) return undefined;
    const record = own?.value ?? other!.record;
    return {
      uri,
      cid: own?.cid ?? cids.get(JSON.stringify(record))!,
      author: authorView(own ? ME : other!.author),
      record,
      indexedAt: record.createdAt,
      likeCount: 3,
      repostCount: 2,
      quoteCount: 1,
      replyCount: 4,
    };
  }

  function parentOf(uri: string, height: number): object | undefined {
    const view = postView(uri);
    if (!view) return { $type: 'app.bsky.feed.defs#notFoundPost', uri, notFound: true };
    const { record } = view as { readonly record: { readonly reply?: { readonly parent: { readonly uri: string } } } };
    const parent = record.reply && height > 0 ? parentOf(record.reply.parent.uri, height - 1) : undefined;
    return { $type: 'app.bsky.feed.defs#threadViewPost', post: view, ...(parent && { parent }) };
  }

  const METHODS: Readonly<Record<string, (call: Call) => unknown>> = {
    'com.atproto.server.createSession'(call) {
      const { identifier, password } = input(call, atproto.ComAtprotoServerCreateSession.mainSchema.input.schema);
      if (identifier !== HANDLE || password !== PASSWORD) {
        throw new XrpcError(401, 'AuthenticationRequired', 'Invalid identifier or password');
      }
      if (server.status === 'takendown') throw new XrpcError(401, 'AccountTakedown', 'Account has been taken down');
      const state = server.status === 'active' ? { active: true } : { active: false, status: server.status };
      return { ...newTokens(), did: ME, handle: HANDLE, ...state };
    },
    'com.atproto.server.refreshSession'(call) {
      authorize(call, 'refresh');
      tokens.delete(call.token!);
      return { ...newTokens(), did: ME, handle: HANDLE, active: true };
    },
    'com.atproto.repo.createRecord'(call) {
      authorize(call);
      return write(call, atproto.ComAtprotoRepoCreateRecord.mainSchema.input.schema, (place) => {
        // packages/repo/src/mst/mst.ts throws a plain Error, and createRecord.ts lets it become a 500.
        if (server.records.has(place)) throw new Error(`There is already a value at key: ${place}`);
      });
    },
    'com.atproto.repo.putRecord'(call) {
      authorize(call);
      return write(call, atproto.ComAtprotoRepoPutRecord.mainSchema.input.schema, () => {});
    },
    'com.atproto.repo.deleteRecord'(call) {
      authorize(call);
      const { collection, rkey } = input(call, atproto.ComAtprotoRepoDeleteRecord.mainSchema.input.schema);
      server.records.delete(`${collection}/${rkey}`);
      return {};
    },
    'com.atproto.repo.getRecord'({ params }) {
      const [repo, collection, rkey] = ['repo', 'collection', 'rkey'].map((name) => params.get(name));
      const found = repo === ME ? server.records.get(`${collection}/${rkey}`) : undefined;
      if (!found) throw invalid(`Could not locate record: at://${repo}/${collection}/${rkey}`, 'RecordNotFound');
      return { uri: `at://${repo}/${collection}/${rkey}`, ...found };
    },
    'com.atproto.repo.uploadBlob'(call) {
      authorize(call);
      const ref = { $link: cids.get(hash(call.body))! };
      return { blob: { $type: 'blob', ref, mimeType: call.type, size: call.body.length } };
    },
    'com.atproto.identity.resolveHandle'({ params }) {
      const handle = params.get('handle');
      const found = [...server.people].find(([, person]) => 'handle' in person && person.handle === handle)?.[0];
      if (!found) throw invalid('Unable to resolve handle');
      return { did: found };
    },
    'app.bsky.actor.getProfiles'(call) {
      authorize(call);
      const known = call.params.getAll('actors').filter((did) => did === ME || server.people.has(did));
      return output({ profiles: known.map(authorView) }, bluesky.AppBskyActorGetProfiles.mainSchema.output.schema);
    },
    'app.bsky.feed.getPosts'(call) {
      authorize(call);
      const posts = call.params.getAll('uris').flatMap((uri) => postView(uri) ?? []);
      return output({ posts }, bluesky.AppBskyFeedGetPosts.mainSchema.output.schema);
    },
    'app.bsky.feed.getPostThread'(call) {
      authorize(call);
      const uri = call.params.get('uri')!;
      if (!postView(uri)) throw invalid(`Post not found: ${uri}`, 'NotFound');
      const thread = parentOf(uri, Number(call.params.get('parentHeight') ?? 80));
      return output({ thread }, bluesky.AppBskyFeedGetPostThread.mainSchema.output.schema);
    },
    'app.bsky.notification.listNotifications'(call) {
      authorize(call);
      if (call.params.has('seenAt')) throw invalid('The seenAt parameter is unsupported'); // listNotifications.ts of the AppView
      const from = Number(call.params.get('cursor') ?? 0);
      const limit = Number(call.params.get('limit') ?? 50);
      const page = server.notifications.slice(from, from + limit);
      const notifications = [
        ...(server.shuffles ? page.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1)) : page),
        ...(server.repeats ? page.slice(0, 1) : []),
      ];
      const more = from + limit < server.notifications.length;
      return { notifications, ...(more && { cursor: `${from + limit}` }) };
    },
  };

  function write(
    call: Call,
    schema: BaseSchema,
    check: (place: string) => void,
  ): { readonly uri: string; readonly cid: string } {
    const { repo, collection, rkey, record } = input(call, schema);
    if (repo !== ME) throw new XrpcError(401, 'AuthenticationRequired', 'Authentication Required');
    if (server.status !== 'active') throw invalid('Account is deactivated', 'AccountDeactivated');
    const known = RECORDS[collection];
    const checked = known && safeParse(known, record);
    if (checked && !checked.ok) throw invalid(`Invalid ${collection} record: ${checked.message}`, 'InvalidRecord');
    const place = `${collection}/${rkey}`;
    check(place);
    const cid = cids.get(JSON.stringify(JSON.parse(call.body.toString()).record))!;
    server.records.set(place, { cid, value: record });
    return { uri: `at://${repo}/${place}`, cid };
  }

  return server;
}

/** In no order, and always the same. */
const placeOf = (notification: object) => createHash('sha256').update(JSON.stringify(notification)).digest('hex');

const INTERNAL = { error: 'InternalServerError', message: 'Internal Server Error' };
const LIMITED = { error: 'RateLimitExceeded', message: 'Rate Limit Exceeded' };
const EXPIRED = { error: 'ExpiredToken', message: 'Token has expired' };

const RECORDS: Readonly<Record<string, BaseSchema>> = {
  'app.bsky.feed.post': bluesky.AppBskyFeedPost.mainSchema,
  'app.bsky.feed.threadgate': bluesky.AppBskyFeedThreadgate.mainSchema,
  'app.bsky.actor.profile': bluesky.AppBskyActorProfile.mainSchema,
};

// biome-ignore lint/suspicious/noExplicitAny: each lexicon has its own shape, and each method reads its own
function input({ body }: Call, schema: BaseSchema): any {
  const checked = safeParse(schema, JSON.parse(body.toString()));
  if (!checked.ok) throw invalid(`Invalid input: ${checked.message}`);
  return checked.value;
}

function output(answer: object, schema: BaseSchema): object {
  const checked = safeParse(schema, answer);
  assert.ok(checked.ok, `The test server answers what no server would: ${checked.ok ? '' : checked.message}`);
  return answer;
}

function hash(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}
