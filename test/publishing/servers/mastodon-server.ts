/**
 * A small Mastodon server: the endpoints that a persona uses, as documented at docs.joinmastodon.org, in memory and on
 * loopback. What it sends has the shape of masto's own types. It misbehaves when it is told to.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { mastodon } from 'masto';

/** What a server may do wrong. «then»: the work is done, and the answer is not what it should be. */
export const FAULTS = [
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
  'reset, done late', // the connection ends, and the work is done when nobody waits for it any more
] as const;
export type Fault = (typeof FAULTS)[number];

export interface Person {
  readonly acct: string;
  readonly bot?: boolean;
  readonly note?: string;
}

export interface Stored {
  status: mastodon.v1.Status;
  source: { text: string; spoilerText: string };
  key: string | undefined;
}

export interface MastodonServer extends AsyncDisposable {
  readonly url: string;
  /** All that is posted, deleted or not, in order. */
  readonly posts: readonly Stored[];
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingMessage['headers'];
  }[];
  readonly uploads: readonly { readonly id: string; readonly description: string; readonly bytes: number }[];
  readonly token: string;
  /** Another account on the server, of a bot too; who it names is told. @returns its token */
  join(username: string): string;
  /** Those that are good still. */
  readonly narrowTokens: ReadonlyMap<string, readonly string[]>;
  /** The next requests whose `METHOD /path` begins so go wrong, one fault each, in order. */
  fail(request: string, ...faults: readonly Fault[]): void;
  /** Asked of every request, such as `POST /api/v1/statuses`, that no fault was set for. */
  chaos: (request: string) => Fault | undefined;
  readonly settings: {
    /** Added to the server's clock. */
    skewMs: number;
    now: () => number;
    maxCharacters: number;
    scopes: string[];
    /** 401 for every request. */
    isRevoked: boolean;
    isSuspended: boolean;
    isSilenced: boolean;
    isBot: boolean;
    note: string;
    /** Pages that are not in order. */
    shuffles: boolean;
    /** A page tells one of its items twice. */
    repeats: boolean;
    /** Mastodon 4.6's mistake: a key that is known is an error (issue 40399). */
    failsKnownKeys: boolean;
    /** Before the lock of 2026: two requests with one key at once make two posts, and so does a key that is stored too late. */
    forgetsKeys: boolean;
    hasSource: boolean;
    /** Which app made a post. */
    tellsApps: boolean;
    hasStreams: boolean;
    isV1: boolean;
    /** Kind of the answer to any request when it is no Mastodon at all. */
    isOther: 'page' | 'json' | 'no such endpoint' | 'not found' | null;
    mediaLooks: number;
  };
  /** Someone mentions the account. @returns the id of the notification */
  mention(
    from: Person,
    text: string,
    more?: {
      inReplyTo?: string;
      visibility?: mastodon.v1.StatusVisibility;
      /** How the account stands with them. */
      relationship?: Partial<mastodon.v1.Relationship>;
    },
  ): string;
  /** A notification as it should not be. */
  notifyBroken(notification: Record<string, unknown>): void;
  /** A post of the account that the program did not make: its owner did, in the browser, unless `more` says otherwise. */
  postByHand(text: string, inReplyToId?: string | null, more?: Partial<mastodon.v1.Status>): string;
  dropStreams(): void;
  /** Half-open connections: nothing comes any more, not even heartbeats. */
  muteStreams(): void;
  readonly streams: ReadonlySet<ServerResponse>;
  /** What the person sees in their browser. */
  allow(url: string): Promise<string>;
}

const HOUR = 3_600_000;
/** A server may be busy with a request for as long after its connection is gone. */
const LATE_MS = 45_000;
const STRANGER: Omit<mastodon.v1.Relationship, 'id'> = {
  following: false,
  showingReblogs: false,
  notifying: false,
  languages: [],
  followedBy: false,
  blocking: false,
  blockedBy: false,
  muting: false,
  mutingNotifications: false,
  requested: false,
  requestedBy: false,
  domainBlocking: false,
  endorsed: false,
  note: '',
};
const TOKEN = 'planted-token-of-ada-7f3a';

export async function mastodonServer(): Promise<MastodonServer> {
  let lastId = 109_000_000_000_000_000n;
  const nextId = () => String((lastId += 65_536n));
  const posts: Stored[] = [];
  const deleted = new Set<string>();
  const notifications: Record<string, unknown>[] = [];
  /** Of the other accounts, by their ids. */
  const heard = new Map<string, readonly Record<string, unknown>[]>();
  const keys = new Map<string, { readonly id: string; readonly until: number }>();
  const requests: MastodonServer['requests'][number][] = [];
  const uploads: { id: string; description: string; bytes: number; looks: number; isUsed: boolean }[] = [];
  const streams = new Set<ServerResponse>();
  const mutedStreams = new Set<ServerResponse>();
  const faults: { readonly request: string; readonly fault: Fault }[] = [];
  const late: { readonly dueAt: number; readonly work: () => Promise<unknown> }[] = [];
  const apps = new Map<string, { secret: string; scopes: string }>();
  const codes = new Map<string, { app: string; scopes: string; challenge: string }>();
  /** For changing the profile alone, by their scopes. */
  const relationships = new Map<string, Partial<mastodon.v1.Relationship>>();
  const narrowTokens = new Map<string, readonly string[]>();
  const settings: MastodonServer['settings'] = {
    skewMs: 0,
    now: () => Date.now(),
    maxCharacters: 500,
    scopes: ['read:accounts', 'read:follows', 'read:statuses', 'read:notifications', 'write:statuses', 'write:media'],
    isRevoked: false,
    isSuspended: false,
    isSilenced: false,
    isBot: true,
    note: '<p>Posts of a machine, a <b>bot</b> that Ada runs.</p>',
    shuffles: false,
    repeats: false,
    failsKnownKeys: false,
    forgetsKeys: false,
    hasSource: true,
    tellsApps: true,
    hasStreams: true,
    isV1: false,
    isOther: null,
    mediaLooks: 0,
  };
  const clock = () => settings.now() + settings.skewMs;
  let url = '';

  const account = ({ acct, bot = false, note = '' }: Person, id = `9${acct.length}`): mastodon.v1.Account => ({
    id,
    username: acct.split('@')[0]!,
    acct,
    url: acct.includes('@') ? `https://${acct.split('@')[1]}/@${acct.split('@')[0]}` : `${url}/@${acct}`,
    displayName: acct.toUpperCase(),
    note,
    avatar: `${url}/a.png`,
    avatarStatic: `${url}/a.png`,
    header: `${url}/h.png`,
    headerStatic: `${url}/h.png`,
    locked: false,
    fields: [],
    emojis: [],
    bot,
    group: false,
    createdAt: '2026-01-01T00:00:00.000Z',
    lastStatusAt: '2026-11-01',
    statusesCount: posts.length,
    followersCount: 3,
    followingCount: 2,
    roles: [],
    featureApproval: { automatic: [], manual: [], current_user: 'denied' },
  });
  /** By their tokens. */
  const residents = new Map<string, mastodon.v1.Account>();
  const owner = () =>
    Object.assign(account({ acct: 'ada', bot: settings.isBot, note: settings.note }, '1'), {
      ...(settings.isSuspended && { suspended: true }),
      ...(settings.isSilenced && { limited: true }),
    });

  function makeStatus(
    author: mastodon.v1.Account,
    text: string,
    more: Partial<mastodon.v1.Status> = {},
  ): mastodon.v1.Status {
    const id = nextId();
    return {
      id,
      uri: `${url}/users/${author.acct}/statuses/${id}`,
      url: `${url}/@${author.acct}/${id}`,
      createdAt: new Date(clock()).toISOString(),
      editedAt: null,
      account: author,
      content: htmlOf(text),
      visibility: 'public',
      sensitive: false,
      spoilerText: '',
      mediaAttachments: [],
      application: appNamed('Eidolon'),
      mentions: [],
      tags: [],
      emojis: [],
      reblogsCount: 0,
      favouritesCount: 0,
      repliesCount: 0,
      quotesCount: 0,
      quoteApproval: {
        automatic: ['public'],
        manual: [],
        currentUser: 'automatic',
      } as unknown as mastodon.v1.QuoteApproval,
      inReplyToId: null,
      inReplyToAccountId: null,
      reblog: null,
      poll: null,
      card: null,
      language: 'en',
      ...more,
    };
  }

  /** Nothing of it, where the server does not tell. */
  function appNamed(name: string) {
    return (settings.tellsApps ? { name, website: null } : null) as unknown as mastodon.v1.Application;
  }

  const others = new Map<string, mastodon.v1.Status>();
  const visible = () => posts.filter(({ status }) => !deleted.has(status.id));
  const byId = (id: string) => visible().find(({ status }) => status.id === id)?.status ?? others.get(id);

  type Reply = { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> };
  const refuse = (status: number, error: string): Reply => ({ status, body: { error } });

  function createStatus(author: mastodon.v1.Account, body: Record<string, unknown>, key: string | undefined): Reply {
    const known = key === undefined ? undefined : keys.get(key);
    if (known && known.until > clock() && !settings.forgetsKeys) {
      if (settings.failsKnownKeys) return { status: 500, body: { error: 'Something went wrong' } };
      const before = byId(known.id);
      return before ? { status: 200, body: before } : refuse(404, 'Record not found');
    }
    let text = String(body.status ?? '').trim();
    let spoilerText = String(body.spoiler_text ?? '').trim();
    const mediaIds = Array.isArray(body.media_ids) ? body.media_ids.map(String) : [];
    if (text === '' && spoilerText !== '') [text, spoilerText] = [spoilerText, ''];
    if (text === '' && mediaIds.length === 0) return refuse(422, "Validation failed: Text can't be blank");
    if (lengthOf(spoilerText + text) > settings.maxCharacters) {
      return refuse(422, `Validation failed: Text character limit of ${settings.maxCharacters} exceeded`);
    }
    const inReplyToId = typeof body.in_reply_to_id === 'string' ? body.in_reply_to_id : null;
    if (inReplyToId !== null && !byId(inReplyToId)) {
      return refuse(404, 'The post you are trying to reply to does not appear to exist.');
    }
    const media = mediaIds.map((id) => uploads.find((upload) => upload.id === id));
    if (media.some((upload) => !upload || upload.isUsed))
      return refuse(422, 'Validation failed: Media is already used');
    if (media.some((upload) => upload!.looks > 0)) {
      return refuse(422, 'Cannot attach files that have not finished processing. Try again in a moment!');
    }
    for (const upload of media) upload!.isUsed = true;
    const asked = (body.visibility ?? 'public') as mastodon.v1.StatusVisibility;
    const status = makeStatus(author, text, {
      spoilerText,
      inReplyToId,
      visibility: settings.isSilenced && asked === 'public' ? 'unlisted' : asked,
      language: typeof body.language === 'string' ? body.language : 'en',
      mediaAttachments: media.map(
        (upload) => ({ id: upload!.id, description: upload!.description }) as mastodon.v1.MediaAttachment,
      ),
    });
    posts.push({ status, source: { text, spoilerText }, key });
    for (const one of [owner(), ...residents.values()])
      if (one.id !== author.id && text.includes(`@${one.acct}`)) notify(status, one);
    if (key !== undefined) keys.set(key, { id: status.id, until: clock() + HOUR });
    return { status: 200, body: status };
  }

  function notify(status: mastodon.v1.Status, to: mastodon.v1.Account): string {
    const id = nextId();
    const notification = {
      id,
      type: 'mention',
      createdAt: status.createdAt,
      groupKey: 'ungrouped-1',
      account: status.account,
      status,
    };
    if (to.id === '1') {
      notifications.push(notification);
      tell('notification', notification);
    } else heard.set(to.id, [...(heard.get(to.id) ?? []), notification]);
    return id;
  }

  function page<T extends { id?: unknown }>(
    all: readonly T[],
    query: URLSearchParams,
    path: string,
    usual: number,
    most: number,
  ): Reply {
    const limit = Math.min(Number(query.get('limit') ?? usual), most);
    const after = (id: string, than: string) => id.length - than.length || (id < than ? -1 : id > than ? 1 : 0);
    const bound = (name: string, keep: (order: number) => boolean) => (item: T) => {
      const than = query.get(name);
      return than === null || keep(after(String(item.id), than));
    };
    const within = all
      .filter(bound('max_id', (order) => order < 0))
      .filter(bound('since_id', (order) => order > 0))
      .filter(bound('min_id', (order) => order > 0));
    const oldestFirst = within.toSorted((one, other) => after(String(one.id), String(other.id)));
    const items = (query.has('min_id') ? oldestFirst.slice(0, limit) : oldestFirst.slice(-limit)).reverse();
    const link =
      items.length > 0
        ? `<${url}${path}?max_id=${items.at(-1)!.id}>; rel="next", <${url}${path}?min_id=${items[0]!.id}>; rel="prev"`
        : undefined;
    const body = settings.shuffles
      ? items
          .toSorted((one, other) => String(one.id).slice(-6).localeCompare(String(other.id).slice(-6)) * -1)
          .reverse()
      : items;
    if (settings.repeats) body.push(...items.slice(0, 1));
    return { status: 200, body, ...(link !== undefined && { headers: { link } }) };
  }

  function instance(): Reply['body'] {
    return {
      domain: '127.0.0.1',
      title: 'A test',
      version: '4.6.0',
      sourceUrl: 'https://github.com/mastodon/mastodon',
      description: '',
      configuration: {
        urls: { streaming: url.replace('http', 'ws') },
        statuses: { maxCharacters: settings.maxCharacters, maxMediaAttachments: 4, charactersReservedPerUrl: 23 },
      },
      rules: [{ id: '1', text: 'Be kind' }],
    };
  }

  /** Which scopes a request needs; null: it is open to all. */
  function scopeOf(method: string, path: string): string | null {
    if (/^\/(oauth|api\/v[12]\/instance|api\/v1\/apps$)/.test(path)) return null;
    if (path === '/api/v1/apps/verify_credentials') return '';
    if (path.includes('/media')) return 'write:media';
    if (path.endsWith('/relationships')) return 'read:follows';
    if (path.endsWith('/update_credentials')) return 'write:accounts';
    if (path.startsWith('/api/v1/notifications') || path.startsWith('/api/v1/streaming')) return 'read:notifications';
    if (path.startsWith('/api/v1/statuses')) return method === 'GET' ? 'read:statuses' : 'write:statuses';
    return path.endsWith('/statuses') ? 'read:statuses' : 'read:accounts';
  }

  async function answer(
    method: string,
    { pathname: path, searchParams: query }: URL,
    request: IncomingMessage,
    raw: Buffer,
  ): Promise<Reply> {
    if (settings.isOther === 'page') return { status: 200, body: '<html>Welcome to my bakery</html>' };
    if (settings.isOther === 'no such endpoint') return refuse(404, 'Unknown API endpoint');
    if (settings.isOther === 'not found') return { status: 404, body: { code: 'NOT_FOUND' } };
    if (settings.isOther === 'json') return { status: 200, body: { hello: 'world' } };
    const scope = scopeOf(method, path);
    if (scope !== null) {
      const bearer = request.headers.authorization?.replace(/^Bearer /, '');
      const narrow = narrowTokens.get(bearer ?? '');
      if ((bearer !== TOKEN && !narrow && !residents.has(bearer ?? '')) || settings.isRevoked)
        return refuse(401, `The access token ${bearer} is invalid`);
      const scopes = narrow ?? settings.scopes;
      const isGranted = scope === '' || scopes.includes(scope) || scopes.includes(scope.split(':')[0]!);
      if (!isGranted) return refuse(403, 'This action is outside the authorized scopes');
      if (settings.isSuspended && method !== 'GET') return refuse(403, 'Your login is currently disabled');
    }
    const me = residents.get(request.headers.authorization?.replace(/^Bearer /, '') ?? '') ?? owner();
    const body = /json/.test(request.headers['content-type'] ?? '')
      ? JSON.parse(raw.toString() || '{}')
      : formOf(raw, request);
    const [, id, part] = /^\/api\/v1\/(?:statuses|accounts|media)\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
    if (path === '/api/v2/instance')
      return settings.isV1 ? refuse(404, 'Record not found') : { status: 200, body: instance() };
    if (path === '/api/v1/instance')
      return {
        status: 200,
        body: {
          uri: '127.0.0.1',
          title: 'Old',
          version: '3.5.0',
          maxTootChars: settings.maxCharacters,
          urls: { streamingApi: url.replace('http', 'ws') },
        },
      };
    if (path === '/api/v1/apps' && method === 'POST') return register(body);
    if (path === '/api/v1/apps/verify_credentials')
      return { status: 200, body: { id: '1', name: 'Eidolon', website: null, scopes: settings.scopes } };
    if (path === '/oauth/token' && method === 'POST') return exchange(body);
    if (path === '/oauth/revoke' && method === 'POST') {
      narrowTokens.delete(String(body.token));
      return { status: 200, body: {} };
    }
    if (path === '/api/v1/accounts/update_credentials' && method === 'PATCH') {
      if (body.bot !== undefined) settings.isBot = String(body.bot) === 'true';
      return { status: 200, body: owner() };
    }
    if (path === '/api/v1/accounts/relationships') {
      const asked = query.getAll('id[]');
      return { status: 200, body: asked.map((id) => ({ ...STRANGER, id, ...relationships.get(id) })) };
    }
    if (path === '/api/v1/accounts/verify_credentials') return { status: 200, body: me };
    if (path === '/api/v1/notifications') {
      const types = query.getAll('types[]');
      return page(
        (me.id === '1' ? notifications : (heard.get(me.id) ?? [])).filter(
          ({ type }) => types.length === 0 || type === undefined || types.includes(String(type)),
        ),
        query,
        path,
        40,
        80,
      );
    }
    if (path === '/api/v2/media' && method === 'POST') {
      const { description, file } = body as { description?: string; file?: Buffer };
      if (!file?.length) return refuse(422, "Validation failed: File can't be blank");
      const upload = {
        id: nextId(),
        description: description ?? '',
        bytes: file.length,
        looks: settings.mediaLooks,
        isUsed: false,
      };
      uploads.push(upload);
      return {
        status: upload.looks > 0 ? 202 : 200,
        body: { id: upload.id, type: 'image', url: upload.looks > 0 ? null : `${url}/m.png` },
      };
    }
    if (path.startsWith('/api/v1/media/')) {
      const upload = uploads.find((one) => one.id === id);
      if (!upload) return refuse(404, 'Record not found');
      upload.looks = Math.max(0, upload.looks - 1);
      return {
        status: upload.looks > 0 ? 206 : 200,
        body: { id, type: 'image', url: upload.looks > 0 ? null : `${url}/m.png` },
      };
    }
    if (path.startsWith('/api/v1/accounts/') && part === 'statuses') {
      const own = visible().flatMap(({ status }) => (status.account.id === id ? [status] : []));
      return page(own, query, path, 20, 40);
    }
    if (path === '/api/v1/statuses' && method === 'POST') {
      const key = request.headers['idempotency-key'];
      return createStatus(me, body, typeof key === 'string' ? key : undefined);
    }
    const status = id === undefined ? undefined : byId(id);
    if (!path.startsWith('/api/v1/statuses/') || !status) return refuse(404, 'Record not found');
    if (method === 'DELETE') {
      if (status.account.id !== me.id) return refuse(404, 'Record not found');
      deleted.add(status.id);
      return { status: 200, body: { ...status, text: '' } };
    }
    if (method === 'PUT' && part === undefined) {
      const stored = posts.find((one) => one.status.id === id);
      const text = String(body.status ?? '').trim();
      if (!stored || status.account.id !== me.id) return refuse(404, 'Record not found');
      if (text === '' || lengthOf(text) > settings.maxCharacters) return refuse(422, 'Validation failed');
      const mediaIds: unknown[] = Array.isArray(body.media_ids) ? body.media_ids : [];
      stored.source = { text, spoilerText: String(body.spoiler_text ?? '') };
      Object.assign(stored.status, {
        content: htmlOf(text),
        spoilerText: stored.source.spoilerText,
        language: body.language ?? null,
        editedAt: new Date(clock()).toISOString(),
        mediaAttachments: status.mediaAttachments.filter((media) => mediaIds.includes(media.id)),
      });
      return { status: 200, body: stored.status };
    }
    if (part === 'source') {
      const stored = posts.find((one) => one.status.id === id);
      return stored && settings.hasSource
        ? { status: 200, body: { id, ...stored.source } }
        : refuse(404, 'Record not found');
    }
    if (part === 'context') {
      const ancestors: mastodon.v1.Status[] = [];
      for (
        let up = status.inReplyToId ? byId(status.inReplyToId) : undefined;
        up;
        up = up.inReplyToId ? byId(up.inReplyToId) : undefined
      )
        ancestors.unshift(up);
      return { status: 200, body: { ancestors, descendants: [] } };
    }
    return { status: 200, body: status };
  }

  function register(body: Record<string, unknown>): Reply {
    const clientId = `client-${apps.size}`;
    apps.set(clientId, { secret: 'planted-client-secret', scopes: String(body.scopes) });
    return {
      status: 200,
      body: {
        id: '1',
        name: body.client_name,
        clientId,
        clientSecret: 'planted-client-secret',
        clientSecretExpiresAt: 0,
      },
    };
  }

  async function exchange(body: Record<string, unknown>): Promise<Reply> {
    const code = codes.get(String(body.code));
    codes.delete(String(body.code)); // good once
    const { createHash } = await import('node:crypto');
    const proof = createHash('sha256').update(String(body.code_verifier)).digest('base64url');
    if (
      !code ||
      code.app !== body.client_id ||
      apps.get(code.app)?.secret !== body.client_secret ||
      proof !== code.challenge
    ) {
      return {
        status: 400,
        body: { error: 'invalid_grant', errorDescription: 'The provided authorization grant is invalid' },
      };
    }
    if (code.scopes === 'write:accounts') {
      const narrow = `planted-narrow-token-${narrowTokens.size}`;
      narrowTokens.set(narrow, [code.scopes]);
      return { status: 200, body: { accessToken: narrow, tokenType: 'Bearer', scope: code.scopes, createdAt: 1 } };
    }
    settings.scopes = code.scopes.split(' ');
    return { status: 200, body: { accessToken: TOKEN, tokenType: 'Bearer', scope: code.scopes, createdAt: 1 } };
  }

  function stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(':)\n\n');
    streams.add(response);
    response.on('close', () => streams.delete(response));
  }

  /** Does what it was late with. */
  async function catchUp(): Promise<void> {
    for (const one of late.filter(({ dueAt }) => dueAt <= clock())) {
      late.splice(late.indexOf(one), 1);
      await one.work();
    }
  }

  const http = createServer(async (request, response) => {
    const { method = '' } = request;
    const target = new URL(request.url ?? '/', url);
    requests.push({ method, path: target.pathname + target.search, headers: request.headers });
    const raw = await bodyOf(request).catch(() => undefined);
    if (!raw) return; // who asked has gone
    await catchUp();
    const at = faults.findIndex((one) => `${method} ${target.pathname}`.startsWith(one.request));
    const fault = at === -1 ? server.chaos(`${method} ${target.pathname}`) : faults.splice(at, 1)[0]!.fault;
    if (
      !fault &&
      target.pathname === '/api/v1/streaming/user/notification' &&
      settings.hasStreams &&
      settings.isOther === null
    ) {
      if (request.headers.authorization === `Bearer ${TOKEN}` && !settings.isRevoked) return stream(response); // a resident's is not there: it looks by itself
    }
    const isDone = fault === undefined || fault.startsWith('done');
    const reply = isDone ? await answer(method, target, request, raw) : undefined;
    const json = (status: number, body: unknown, headers = {}) => {
      const type = typeof body === 'string' ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8';
      response.writeHead(status, { 'content-type': type, date: new Date(clock()).toUTCString(), ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(snakeCase(body)));
    };
    const limits = (remaining: number, inMs: number) => ({
      'x-ratelimit-limit': '300',
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-reset': new Date(clock() + inMs).toISOString(),
    });
    switch (fault?.replace('done, then ', '')) {
      case undefined:
        return json(reply!.status, reply!.body, { ...limits(299, 300_000), ...reply!.headers });
      case 'reset, done late':
        late.push({ dueAt: clock() + LATE_MS, work: () => answer(method, target, request, raw) });
        return request.socket.resetAndDestroy();
      case 'reset':
        return request.socket.resetAndDestroy();
      case 'silence':
        return;
      case 'cut off':
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' });
        response.write('{"id":"1');
        return void setImmediate(() => request.socket.destroy());
      case 'page 200':
        return json(200, '<html>Are you a robot?</html>');
      case 'page 502':
        return json(502, '<html>Bad gateway</html>');
      case 'page 429':
        return json(429, '<html>Slow down</html>');
      case 'empty 500':
        response.writeHead(500);
        return response.end();
      case 'JSON 500':
      case 'JSON 503':
      case 'JSON 408':
        return json(Number(fault!.slice(-3)), { error: 'Something went wrong' });
      case 'no id':
        return json(200, {});
      case 'proxy 429':
        return json(429, { error: 'Slow down' }, { 'retry-after': '7' });
      case 'limit 429':
        return json(429, { error: 'Too many requests' }, limits(0, 90_000));
      case 'redirect':
        return json(307, '<html>Moved</html>', { location: `${url}/elsewhere` });
    }
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;

  const tell = (event: string, data: unknown) => {
    for (const response of streams)
      if (!mutedStreams.has(response)) response.write(`event: ${event}\ndata: ${JSON.stringify(snakeCase(data))}\n\n`);
  };

  const server: MastodonServer = {
    url,
    posts,
    requests,
    uploads,
    chaos: () => undefined,
    narrowTokens,
    token: TOKEN,
    settings,
    streams,
    join(username) {
      const token = `planted-token-of-${username}`;
      residents.set(token, account({ acct: username, bot: true, note: settings.note }, String(2 + residents.size)));
      return token;
    },
    fail: (request, ...more) => void faults.push(...more.map((fault) => ({ request, fault }))),
    mention(from, text, { inReplyTo, visibility = 'public', relationship } = {}) {
      const author = account(from, `9${[...from.acct].reduce((sum, letter) => sum * 7 + letter.charCodeAt(0), 0)}`);
      if (relationship) relationships.set(author.id, relationship);
      const status = makeStatus(author, text, {
        inReplyToId: inReplyTo ?? null,
        visibility,
        mentions: [{ id: '1', username: 'ada', acct: 'ada', url: `${url}/@ada` }],
      });
      others.set(status.id, status);
      return notify(status, owner());
    },
    notifyBroken(notification) {
      const broken = { id: nextId(), ...notification };
      notifications.push(broken);
      tell('notification', broken);
    },
    postByHand(text, inReplyToId = null, more = {}) {
      const status = makeStatus(owner(), text, { inReplyToId, application: appNamed('Web'), ...more });
      posts.push({ status, source: { text, spoilerText: '' }, key: undefined });
      return status.id;
    },
    dropStreams() {
      for (const response of streams) response.destroy();
    },
    muteStreams() {
      for (const response of streams) mutedStreams.add(response);
    },
    async allow(address) {
      const query = new URL(address).searchParams;
      const code = `code-${codes.size}-${query.get('client_id')}`;
      codes.set(code, {
        app: query.get('client_id')!,
        scopes: query.get('scope')!,
        challenge: query.get('code_challenge')!,
      });
      return code;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(http, 'close');
      http.close();
      http.closeAllConnections();
      await closed;
    },
  };
  return server;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Of `multipart/form-data`: texts, and what has a file name as bytes. */
function formOf(raw: Buffer, request: IncomingMessage): Record<string, unknown> {
  const boundary = /boundary=(.+)$/.exec(request.headers['content-type'] ?? '')?.[1];
  if (boundary === undefined) return {};
  const parts = raw.toString('latin1').split(`--${boundary}`);
  return Object.fromEntries(
    parts.flatMap((part) => {
      const name = /name="([^"]+)"/.exec(part)?.[1];
      const content = part.slice(part.indexOf('\r\n\r\n') + 4, -2);
      if (name === undefined) return [];
      const bytes = Buffer.from(content, 'latin1');
      return [[name, /filename="/.test(part) ? bytes : bytes.toString('utf8')]];
    }),
  );
}

/** Paragraphs, and links and mentions shortened as Mastodon does. */
function htmlOf(text: string): string {
  const escaped = (piece: string) =>
    piece.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
  const linked = escaped(text)
    .replace(
      /https?:\/\/([^\s<]{1,30})([^\s<]*)/g,
      (link, host, rest) =>
        `<a href="${link}" target="_blank"><span class="invisible">https://</span><span class="ellipsis">${host}</span><span class="invisible">${rest}</span></a>`,
    )
    .replace(
      /(?<![\w/])@(\w+)(?:@[\w.]+)?/g,
      '<span class="h-card"><a href="https://example.social/@$1" class="u-url mention">@<span>$1</span></a></span>',
    );
  return linked
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${paragraph.replaceAll('\n', '<br />')}</p>`)
    .join('');
}

/** As the server counts: written apart from the program's own counting. */
function lengthOf(text: string): number {
  const counted = text.replace(/https?:\/\/[^\s]+/g, 'x'.repeat(23)).replace(/@(\w+)@[\w.-]+\w/g, '@$1');
  return [...new Intl.Segmenter().segment(counted)].length;
}

function snakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snakeCase(inner),
    ]),
  );
}
