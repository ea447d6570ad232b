/**
 * A Hugging Face hub on this machine, as far as pulling goes: the API's revision and tree (in pages), /resolve with its
 * redirects (small files to the hub's own cache, large ones to a CDN on another origin, with ranges), and its refusals.
 * After huggingface_hub's file_download.py and _http.py, and answers of huggingface.co.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface FakeRepository {
  readonly commit?: string;
  /** Names that stand for the commit besides itself. */
  readonly revisions?: readonly string[];
  readonly files: Readonly<Record<string, Buffer | string>>;
  readonly card?: object;
  /** Nobody reads it without this token. */
  readonly token?: string;
  /** Listed to everyone, and read only with this token. */
  readonly gatedTo?: string;
  /** Called this now. */
  readonly renamedTo?: string;
}

export interface Asked {
  readonly origin: 'hub' | 'cdn';
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

export interface FakeHub {
  readonly endpoint: string;
  readonly asked: Asked[];
  readonly repositories: Map<string, FakeRepository>;
  /** Takes over an answer: true when it has. */
  intercept: (asked: Asked, response: ServerResponse) => boolean;
  /** Sends a large file; true when it has. */
  serve: (response: ServerResponse, content: Buffer, start: number) => boolean;
  /** From here on nobody listens. */
  close(): void;
}

export const COMMIT = '607a30d783dfa663caf39e06633721c8d4cfcd7e';
const LARGE_BYTES = 10_000;
const PAGE = 3;

export const sha256 = (content: Buffer | string) => createHash('sha256').update(content).digest('hex');
const gitHash = (content: Buffer) =>
  createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');

/** What is answered: a body as it is, or a file's content in the range that was asked for. */
interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly content?: Buffer;
}

export async function startHub(
  t: Pick<TestContext, 'after'>,
  repositories: Readonly<Record<string, FakeRepository>>,
): Promise<FakeHub> {
  const cdn = await listen((request, response) => handle('cdn', blob, request, response));
  const origin = await listen((request, response) => handle('hub', answer, request, response));
  const hub: FakeHub = {
    endpoint: origin.url,
    asked: [],
    repositories: new Map(Object.entries(repositories)),
    intercept: () => false,
    serve: () => false,
    close() {
      origin.close();
      cdn.close();
    },
  };
  t.after(() => hub.close());
  return hub;

  function handle(
    origin: Asked['origin'],
    replyTo: (request: IncomingMessage) => Reply,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const asked = { origin, url: request.url ?? '', headers: request.headers };
    hub.asked.push(asked);
    if (hub.intercept(asked, response)) return;
    const { status = 200, headers = {}, body = '', content } = replyTo(request);
    if (content) sendRange(request, response, content, headers);
    else send(response, status, headers, body);
  }

  /** Signed addresses bring their own right to read: with a second one the real CDN refuses too. */
  function blob({ url = '', headers }: IncomingMessage): Reply {
    if (headers.authorization) return { status: 400, body: 'Only one auth mechanism allowed' };
    const [, name = '', path = ''] = /^\/blob\/([^/]+\/[^/]+)\/(.*)$/.exec(url) ?? [];
    return { headers: { etag: '"of the CDN"' }, content: contentOf(hub.repositories.get(name), path)! };
  }

  function answer(request: IncomingMessage): Reply {
    const { pathname, searchParams } = new URL(request.url ?? '', hub.endpoint);
    const route = ROUTES.map((pattern) => pattern.exec(pathname)?.groups).find((groups) => groups);
    if (!route) return { status: 404, body: 'Not Found' };
    const { name = '', kind, path = '', revision = '' } = route;
    const repository = hub.repositories.get(name);
    const token = request.headers.authorization?.replace('Bearer ', '');
    if (token === 'hf_expired') return refusal(401, null, 'Invalid credentials in Authorization header');
    if (!repository || (repository.token && repository.token !== token)) {
      return token
        ? refusal(404, 'RepoNotFound', 'Repository not found')
        : refusal(401, null, 'Invalid username or password.');
    }
    const { commit = COMMIT, revisions = ['main'], renamedTo } = repository;
    if (renamedTo) return { status: 307, headers: { location: (request.url ?? '').replace(name, renamedTo) } };
    if (![commit, ...revisions].includes(decodeURIComponent(revision))) {
      return refusal(404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
    }
    if (kind === 'revision') return jsonReply({ ...about(name), sha: commit, cardData: repository.card });
    if (kind === 'tree') return page(name, repository, Number(searchParams.get('cursor') ?? 0));

    if (repository.gatedTo && repository.gatedTo !== token) {
      return refusal(token ? 403 : 401, 'GatedRepo', `Access to model ${name} is restricted.`);
    }
    const content = contentOf(repository, path);
    if (!content) return refusal(404, 'EntryNotFound', 'Entry not found');
    const headers = { 'x-repo-commit': commit, 'accept-ranges': 'bytes' };
    const etag = gitHash(content);
    if (kind === 'resolve-cache') return { headers: { ...headers, etag: `"${etag}"` }, content };
    if (content.length < LARGE_BYTES) {
      const location = `/api/resolve-cache/models/${name}/${commit}/${path}?etag=%22${etag}%22`;
      return { status: 307, headers: { ...headers, location } };
    }
    const linked = {
      location: `${cdn.url}/blob/${name}/${path}`,
      'x-linked-size': `${content.length}`,
      'x-linked-etag': `"${sha256(content)}"`,
      'x-xet-hash': sha256(`xet ${path}`),
    };
    return { status: 302, headers: { ...headers, ...linked } };
  }

  function page(name: string, repository: FakeRepository, from: number): Reply {
    const entries = [
      { type: 'directory', oid: gitHash(Buffer.from('onnx')), size: 0, path: 'onnx' },
      ...Object.keys(repository.files).map((path) => fileEntry(path, contentOf(repository, path)!)),
    ];
    const next = `${hub.endpoint}/api/models/${name}/tree/${repository.commit ?? COMMIT}?cursor=${from + PAGE}`;
    return jsonReply(entries.slice(from, from + PAGE), {
      headers: { ...(from + PAGE < entries.length && { link: `<${next}>; rel="next"` }) },
    });
  }

  function sendRange(request: IncomingMessage, response: ServerResponse, content: Buffer, headers: object): void {
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
    const start = Number(range ?? 0);
    if (range !== undefined && start >= content.length) {
      send(response, 416, { 'content-range': `bytes */${content.length}` }, '');
      return;
    }
    response.writeHead(range === undefined ? 200 : 206, {
      ...headers,
      'content-length': content.length - start,
      ...(range !== undefined && { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
    });
    if (!hub.serve(response, content, start)) response.end(content.subarray(start));
  }
}

const ROUTES = [
  /^\/api\/models\/(?<name>[^/]+\/[^/]+)\/(?<kind>revision|tree)\/(?<revision>[^/]+)$/,
  /^\/api\/(?<kind>resolve-cache)\/models\/(?<name>[^/]+\/[^/]+)\/(?<revision>[^/]+)\/(?<path>.+)$/,
  /^\/(?<name>[^/]+\/[^/]+)\/(?<kind>resolve)\/(?<revision>[^/]+)\/(?<path>.+)$/,
];

const about = (id: string) => ({
  _id: '621ffdc036468d709f17434d',
  id,
  private: false,
  gated: false,
  downloads: 1,
  likes: 1,
  lastModified: '2024-02-19T10:57:45.000Z',
});

function contentOf(repository: FakeRepository | undefined, path: string): Buffer | undefined {
  const content = repository?.files[path];
  return content === undefined ? undefined : Buffer.from(content);
}

function fileEntry(path: string, content: Buffer) {
  const entry = { type: 'file', path, oid: gitHash(content), size: content.length };
  if (content.length < LARGE_BYTES) return entry;
  const lfs = { oid: sha256(content), size: content.length, pointerSize: 134 };
  return { ...entry, oid: gitHash(Buffer.from(JSON.stringify(lfs))), lfs, xetHash: sha256(`xet ${path}`) };
}

async function listen(handle: RequestListener): Promise<{ readonly url: string; close(): void }> {
  const server = createServer(handle);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function refusal(status: number, code: string | null, message: string): Reply {
  const headers = { 'x-error-message': message, ...(code !== null && { 'x-error-code': code }) };
  return jsonReply({ error: message }, { status, headers });
}

function jsonReply(body: unknown, { status = 200, headers = {} }: Pick<Reply, 'status' | 'headers'> = {}): Reply {
  const type = { 'content-type': 'application/json; charset=utf-8' };
  return { status, headers: { ...type, ...headers }, body: JSON.stringify(body) };
}

export function send(response: ServerResponse, status: number, headers: object, body: string): void {
  response.writeHead(status, { ...headers }).end(body);
}
