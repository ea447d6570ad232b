/** X's API 2 as far as an account needs it, on this machine: https://docs.x.com/x-api. It misbehaves on command. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as bodyOf } from 'node:stream/consumers';
import type { TweetV2, UserV2 } from 'twitter-api-v2';

/** Those that begin with `done` come after the request was carried out. */
export type Fault =
  | 'reset'
  | 'html 200'
  | 'html 403'
  | 'html 502'
  | '429'
  | '429 bare'
  | '429 day'
  | '401'
  | '402'
  | '503'
  | 'suspended'
  | 'echo'
  | 'done, lost'
  | 'done, cut'
  | 'done, late'
  | 'reset, done late'
  | 'done, html 502'
  | 'done, empty 500'
  | 'done, empty 201';

export interface XServerOptions {
  readonly now?: () => Date;
  /** Off, so that only the program itself stands between a text and its double. */
  readonly refusesDuplicates?: boolean;
  /** How long after it was made a post shows in its account's timeline. */
  readonly lagMs?: number;
  readonly tokens?: { access: string; refresh: string };
}

export interface XSettings {
  /** Added to X's clock. */
  skewMs: number;
  /** The posts of a page are in no order. */
  shuffles: boolean;
  /** A page tells a post twice. */
  repeats: boolean;
  /** What the account's profile says. */
  description: string;
  /** What the token may, as X tells it with each answer. */
  access: 'read' | 'read-write';
  /** Of OAuth 2. */
  lacksScope: boolean;
}

/** In no order, and always the same. */
function shuffled(posts: readonly TweetV2[]): TweetV2[] {
  const key = ({ id }: TweetV2) => [...id].reverse().join('');
  return posts.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)).reverse();
}

/** X may be busy with a request for as long after its connection is gone. */
const LATE_MS = 45_000;

export const ME: UserV2 = { id: '1000', name: 'Ada', username: 'ada', description: 'A bot, run by @bob' };
export const BOB: UserV2 = { id: '2000', name: 'Bob', username: 'bob', description: 'No bots please #nobot' };

interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly authorization: string;
}

/** X has one row of ids, however many servers stand for it here. */
let newestId = 1_900_000_000_000_000_000n;
const nextId = () => String((newestId += 1n));

export async function startXServer({
  now = () => new Date(),
  refusesDuplicates = true,
  lagMs = 0,
  tokens = { access: 'access-0', refresh: 'refresh-0' },
}: XServerOptions = {}) {
  const settings: XSettings = {
    skewMs: 0,
    shuffles: false,
    repeats: false,
    description: ME.description!,
    access: 'read-write',
    lacksScope: false,
  };
  /** As X has it. */
  const clock = () => new Date(now().getTime() + settings.skewMs);
  const posts: TweetV2[] = [];
  const people: UserV2[] = [ME, BOB];
  const userOf = (id: string | undefined) => people.find((person) => person.id === id) ?? ME;
  const requests: Request[] = [];
  const descriptions = new Map<string, string>();
  const late: { readonly dueAt: number; readonly request: Request }[] = [];
  let doneAt: Date | undefined; // of what was done late
  let chaos: (request: string) => Fault | undefined = () => undefined;
  const faults: { readonly on: string; readonly fault: Fault }[] = [];
  let renewals = 0;
  const [access, refresh] = [tokens.access, tokens.refresh].map((token) => token.replace(/-0$/, '')) as [
    string,
    string,
  ];

  function add(author: UserV2, text: string, inReplyTo?: string): TweetV2 {
    const answered = posts.find(({ id }) => id === inReplyTo);
    const id = nextId();
    const post: TweetV2 = {
      ...written(
        answered && answered.author_id !== author.id ? `@${userOf(answered.author_id).username} ${text}` : text,
      ),
      id,
      edit_history_tweet_ids: [id],
      author_id: author.id,
      created_at: (doneAt ?? clock()).toISOString(),
      conversation_id: answered?.conversation_id ?? id,
      lang: 'en',
      public_metrics: { like_count: 3, retweet_count: 2, quote_count: 1, reply_count: 4, impression_count: 99 },
      ...(answered
        ? {
            in_reply_to_user_id: answered.author_id!,
            referenced_tweets: [{ type: 'replied_to', id: answered.id }],
          }
        : {}),
    };
    posts.push(post);
    return post;
  }

  function answer(request: Request): Answer {
    const { method, path, query, body } = request;
    if (path === '/2/oauth2/token') return renew(new URLSearchParams(body));
    if (!isAuthorized(request.authorization)) return problem(401, 'Unauthorized', 'Unauthorized');
    if (method === 'POST' && path === '/2/tweets') return create(JSON.parse(body));
    if (path === '/2/users/me')
      return {
        status: 200,
        json: { data: { ...ME, description: settings.description } },
        headers: { 'x-access-level': settings.access },
      };
    if (path === `/2/users/${ME.id}/tweets`) {
      const shown = ({ author_id: author, created_at: at }: TweetV2) =>
        author === ME.id && clock().getTime() - Date.parse(at!) >= lagMs;
      return timeline(posts.filter(shown), query);
    }
    if (path === `/2/users/${ME.id}/mentions`) {
      return timeline(
        posts.filter(({ entities }) => entities?.mentions?.some(({ id }) => id === ME.id)),
        query,
      );
    }
    if (path === '/2/media/upload/initialize') return { status: 200, json: { data: { id: nextId() } } };
    if (/^\/2\/media\/upload\/\d+\/append$/.test(path)) return { status: 200, json: { data: { expires_at: 1 } } };
    if (/^\/2\/media\/upload\/\d+\/finalize$/.test(path))
      return { status: 200, json: { data: { id: path.split('/')[4] } } };
    if (path === '/2/media/metadata') {
      const { id, metadata } = JSON.parse(body);
      descriptions.set(id, metadata.alt_text.text);
      return { status: 200, json: { data: { id } } };
    }
    const id = /^\/2\/tweets\/(\d+)$/.exec(path)?.[1];
    if (id !== undefined) return method === 'DELETE' ? remove(id) : show(id, query);
    return problem(404, 'Not Found', 'No such endpoint');
  }

  function create({ text, reply }: { text: string; reply?: { in_reply_to_tweet_id: string } }): Answer {
    if (settings.access === 'read') {
      const detail = 'Your client app is not configured with the appropriate oauth1 app permissions for this endpoint.';
      return { status: 403, json: { title: 'Forbidden', detail, type: `${PROBLEMS}oauth1-permissions`, status: 403 } };
    }
    if (settings.lacksScope) return problem(403, 'Forbidden', 'The token is missing a required scope: tweet.write.');
    if (refusesDuplicates && posts.some((post) => post.author_id === ME.id && post.text === written(text).text)) {
      return problem(403, 'Forbidden', 'You are not allowed to create a Tweet with duplicate content.');
    }
    const { id, text: shown } = add(ME, text, reply?.in_reply_to_tweet_id);
    return { status: 201, json: { data: { id, text: shown, edit_history_tweet_ids: [id] } } };
  }

  function show(id: string, query: URLSearchParams): Answer {
    const data = posts.find((post) => post.id === id);
    if (data) return { status: 200, json: { data, includes: { users: [asked(userOf(data.author_id), query)] } } };
    const detail = `Could not find tweet with id: [${id}].`;
    const error = {
      value: id,
      detail,
      title: 'Not Found Error',
      resource_type: 'tweet',
      parameter: 'id',
      type: `${PROBLEMS}resource-not-found`,
    };
    return { status: 200, json: { errors: [error] } };
  }

  function remove(id: string): Answer {
    const at = posts.findIndex((post) => post.id === id);
    if (at === -1) return problem(404, 'Not Found', 'No such post');
    posts.splice(at, 1);
    return { status: 200, json: { data: { deleted: true } } };
  }

  function timeline(all: readonly TweetV2[], query: URLSearchParams): Answer {
    const since = BigInt(query.get('since_id') ?? 0);
    const from = Number(query.get('pagination_token') ?? 0);
    const size = Number(query.get('max_results') ?? 10);
    const newestFirst = all.filter(({ id }) => BigInt(id) > since).toReversed();
    const shown = newestFirst.slice(from, from + size);
    const data = [...(settings.shuffles ? shuffled(shown) : shown), ...(settings.repeats ? shown.slice(0, 1) : [])];
    const meta = {
      result_count: data.length,
      ...(data.length > 0 ? { newest_id: shown[0]!.id, oldest_id: shown.at(-1)!.id } : {}),
      ...(from + size < newestFirst.length ? { next_token: String(from + size) } : {}),
    };
    const json =
      data.length > 0 ? { data, includes: { users: people.map((person) => asked(person, query)) }, meta } : { meta };
    return { status: 200, json };
  }

  function renew(form: URLSearchParams): Answer {
    if (form.get('grant_type') !== 'authorization_code' && form.get('refresh_token') !== tokens.refresh) {
      return {
        status: 400,
        json: { error: 'invalid_request', error_description: 'Value passed for the token was invalid.' },
      };
    }
    renewals += 1;
    tokens = { access: `${access}-${renewals}`, refresh: `${refresh}-${renewals}` };
    const json = { token_type: 'bearer', expires_in: 7200, access_token: tokens.access, refresh_token: tokens.refresh };
    return { status: 200, json: { ...json, scope: 'tweet.read tweet.write users.read offline.access' } };
  }

  const isAuthorized = (authorization: string) =>
    authorization === `Bearer ${tokens.access}` ||
    (authorization.startsWith('OAuth ') && /oauth_signature="[^"]+"/.test(authorization));

  const server = createServer(async (incoming, response) => {
    const request = await read(incoming).catch(() => undefined);
    if (!request) return;
    requests.push(request);
    const key = `${request.method} ${request.path}`;
    const at = faults.findIndex(({ on }) => key.startsWith(on));
    for (const one of late.filter(({ dueAt }) => dueAt <= now().getTime())) {
      late.splice(late.indexOf(one), 1);
      doneAt = new Date(one.dueAt + settings.skewMs);
      answer(one.request);
      doneAt = undefined;
    }
    const fault = at === -1 ? chaos(key) : faults.splice(at, 1)[0]!.fault;
    response.setHeader('date', clock().toUTCString());
    if (fault === undefined) return send(response, answer(request));
    misbehave(fault, request, response, answer);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));

  function misbehave(fault: Fault, request: Request, response: ServerResponse, carryOut: typeof answer): void {
    const done = fault.startsWith('done') ? carryOut(request) : undefined;
    if (fault === 'done, late') return; // never, as far as anybody waits
    if (fault === 'reset, done late') late.push({ dueAt: now().getTime() + LATE_MS, request });
    if (fault === 'reset' || fault === 'reset, done late' || fault === 'done, lost') {
      response.socket?.destroy();
    } else if (fault === 'done, cut') {
      response.writeHead(done!.status, { 'content-type': 'application/json', 'content-length': 500 });
      response.write(JSON.stringify(done!.json).slice(0, 20));
      setImmediate(() => response.socket?.destroy());
    } else send(response, badAnswer(fault, request, Math.round(clock().getTime() / 1000)));
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    settings,
    posts,
    requests,
    descriptions,
    add,
    /** Somebody else who may speak. */
    join(person: UserV2): UserV2 {
      people.push(person);
      return person;
    },
    /** The next request whose method and path begin so meets it. */
    misbehaveOn: (on: string, fault: Fault) => void faults.push({ on, fault }),
    expireToken: () => {
      tokens = { ...tokens, access: 'nobody has this one' };
    },
    tokens: () => tokens,
    /** Asked of every request, such as `POST /2/tweets`, that no fault was set for. */
    misbehaveBy: (whim: typeof chaos) => {
      chaos = whim;
    },
    behave: () => void faults.splice(0),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

export type XServer = Awaited<ReturnType<typeof startXServer>>;

interface Answer {
  readonly status: number;
  readonly json?: object;
  readonly html?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const PROBLEMS = 'https://api.twitter.com/2/problems/';

const problem = (status: number, title: string, detail: string): Answer => ({
  status,
  json: { title, detail, type: 'about:blank', status },
});

type Broken = 'reset' | 'reset, done late' | 'done, lost' | 'done, cut' | 'done, late';

/** `now`: seconds. */
function badAnswer(fault: Exclude<Fault, Broken>, { authorization, body }: Request, now: number): Answer {
  const page = '<!DOCTYPE html><title>Just a moment...</title>';
  const tooMany = problem(429, 'Too Many Requests', 'Too Many Requests');
  const answers: Readonly<Record<typeof fault, Answer>> = {
    'html 200': { status: 200, html: page },
    'html 403': { status: 403, html: page },
    'html 502': { status: 502, html: page },
    'done, html 502': { status: 502, html: page },
    'done, empty 500': { status: 500, html: '' },
    'done, empty 201': { status: 201, json: {} },
    '429': { ...tooMany, headers: limitHeaders('x-rate-limit', 0, now + 600) },
    '429 day': {
      ...tooMany,
      headers: {
        ...limitHeaders('x-rate-limit', 50, now + 600),
        ...limitHeaders('x-user-limit-24hour', 0, now + 36_600),
      },
    },
    '429 bare': tooMany,
    '401': problem(401, 'Unauthorized', 'Unauthorized'),
    '402': { status: 402, json: { title: 'CreditsDepleted', detail: 'No credits left.', type: `${PROBLEMS}credits` } },
    '503': problem(503, 'Service Unavailable', 'Service Unavailable'),
    suspended: problem(403, 'Forbidden', 'Your account is suspended and is not permitted to access this feature.'),
    echo: problem(400, 'Invalid Request', `Bad header: ${authorization}\u001b[2J ${body}`),
  };
  return answers[fault];
}

const limitHeaders = (prefix: string, remaining: number, reset: number) => ({
  [`${prefix}-limit`]: '100',
  [`${prefix}-remaining`]: String(remaining),
  [`${prefix}-reset`]: String(reset),
});

/** How the account stands with somebody is told to who asks for it. */
function asked({ connection_status: standing, ...person }: UserV2, query: URLSearchParams): UserV2 {
  const isAsked = query.get('user.fields')?.split(',').includes('connection_status');
  return isAsked && standing ? { ...person, connection_status: standing } : person;
}

/** As X keeps a text: three characters escaped, links shortened, names known. */
function written(text: string): Pick<TweetV2, 'text' | 'entities'> {
  const links: { url: string; expanded_url: string }[] = [];
  const kept = text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/https?:\/\/\S+/g, (link) => {
      const url = `https://t.co/abcdefghi${links.length}`;
      links.push({ url, expanded_url: link.replaceAll('&amp;', '&') });
      return url;
    });
  const position = { start: 0, end: 0 };
  const urls = links.map((link) => ({ ...position, ...link, display_url: link.url, unwound_url: link.expanded_url }));
  const mentions = [ME, BOB].flatMap(({ id, username }) =>
    kept.includes(`@${username}`) ? [{ ...position, username, id }] : [],
  );
  return { text: kept, entities: { annotations: [], cashtags: [], hashtags: [], urls, mentions } };
}

function send(response: ServerResponse, { status, json, html, headers = {} }: Answer): void {
  const type = html === undefined ? 'application/json; charset=utf-8' : 'text/html';
  response.writeHead(status, { 'content-type': type, ...headers }).end(html ?? JSON.stringify(json));
}

async function read(incoming: IncomingMessage): Promise<Request> {
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'https://api.x.com');
  const body = await bodyOf(incoming);
  const authorization = incoming.headers.authorization ?? '';
  return { method: incoming.method ?? '', path: pathname, query: searchParams, body, authorization };
}
