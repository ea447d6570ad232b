/** One file of a hub onto the disk: goes on where an earlier try ended, and is only there once its hash is right. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { WorldError } from '../../errors.ts';
import type { Hub } from './hub.ts';
import type { RemoteFile } from './read-repository.ts';
import { hostOf, networkFailure, type Subject } from './refusal.ts';

export interface Download {
  readonly subject: Subject;
  readonly file: RemoteFile;
  readonly destination: string;
  /** Told the file's bytes that are on the disk. */
  readonly onBytes: (bytes: number) => void;
}

/** Without a byte for so long, a connection counts as broken. */
const LONGEST_SILENCE_MS = 60_000;

/** Where the bytes stand until all are there; named after the content, so that no other revision goes on with them. */
export function partOf(destination: string, { hash }: RemoteFile): string {
  return `${destination}.${hash.hex.slice(0, 16)}.part`;
}

/** How many of a file's bytes are on the disk, from this revision or an earlier one. */
export function bytesOnDisk(destination: string, file: RemoteFile): number {
  return existsSync(destination) ? file.bytes : sizeOf(partOf(destination, file));
}

/**
 * The file's SHA-256, in hexadecimal. What arrived before an error stays, for the next try.
 * @throws WorldError also where the content is not what the repository lists; then what arrived is deleted.
 */
export async function downloadFile(hub: Hub, download: Download): Promise<string> {
  const { file, destination, onBytes } = download;
  if (existsSync(destination)) {
    const found = await hashesOf(destination, file);
    if (found.expected === file.hash.hex) {
      onBytes(file.bytes);
      return found.sha256;
    }
    rmSync(destination); // of another revision
  }

  const part = partOf(destination, file);
  let furthest = sizeOf(part);
  await hub.persist((progressed) =>
    fetchRest(hub, { ...download, part }, (bytes) => {
      onBytes(bytes);
      if (bytes <= furthest) return;
      furthest = bytes;
      progressed();
    }),
  );
  const found = await hashesOf(part, file);
  if (found.expected !== file.hash.hex) {
    throw spoilt(part, hub, file, `the hash ${file.hash.hex.slice(0, 12)}…, found ${found.expected.slice(0, 12)}…`);
  }
  renameSync(part, destination);
  return found.sha256;
}

async function fetchRest(
  hub: Hub,
  { subject, file, part }: Download & { readonly part: string },
  onBytes: (bytes: number) => void,
): Promise<void> {
  let at = sizeOf(part);
  if (at === file.bytes && existsSync(part)) return;

  const silence = silenceTimer(LONGEST_SILENCE_MS);
  try {
    const response = await hub.get(addressOf(hub, subject), {
      subject,
      headers: at > 0 ? { range: `bytes=${at}-` } : {},
      signal: hub.signal ? AbortSignal.any([hub.signal, silence.signal]) : silence.signal,
      allow: 416, // the range begins past the file's end
    });
    const offered = offeredRange(response);
    if (offered.total !== undefined && offered.total !== file.bytes) {
      throw spoilt(part, hub, file, `${file.bytes} bytes, found ${offered.total}`);
    }
    if (offered.start !== at) at = 0; // a server that knows no ranges sends all of it
    if (offered.start !== at) throw spoilt(part, hub, file, 'the range that was asked for, found another');

    await using target = await open(part, at === 0 ? 'w' : 'r+');
    for await (const chunk of bodyOf(response, hub)) {
      if (at + chunk.length > file.bytes) throw spoilt(part, hub, file, `${file.bytes} bytes, found more`);
      for (let written = 0; written < chunk.length; ) {
        written += (await target.write(chunk, written, chunk.length - written, at + written)).bytesWritten;
      }
      at += chunk.length;
      silence.restart();
      onBytes(at);
    }
    await target.datasync();
  } finally {
    silence.stop();
  }
  if (at < file.bytes) throw cutShort(hub, file, at);
}

function addressOf({ endpoint }: Hub, { repository, revision, path = '' }: Subject): string {
  return `${endpoint}/${repository}/resolve/${revision}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

/** What an answer brings: from which byte on, and of how many in all where it says so. */
function offeredRange({ status, headers }: Response): { readonly start: number; readonly total?: number } {
  if (status === 206 || status === 416) {
    const [, start, total] = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? [];
    return { start: Number(start ?? Number.NaN), ...(total !== undefined && { total: Number(total) }) };
  }
  const length = headers.has('content-encoding') ? null : headers.get('content-length');
  return { start: 0, ...(length !== null && { total: Number(length) }) };
}

async function* bodyOf(response: Response, hub: Hub): AsyncGenerator<Uint8Array> {
  try {
    yield* response.body ?? [];
  } catch (error) {
    throw hub.signal?.aborted ? error : networkFailure(error, hub.endpoint);
  }
}

/** SHA-256 of what is on the disk, and the hash by which the repository lists it. */
async function hashesOf(onDisk: string, { bytes, hash }: RemoteFile): Promise<{ sha256: string; expected: string }> {
  const sha256 = createHash('sha256');
  const git = hash.kind === 'git' ? createHash('sha1').update(`blob ${bytes}\0`) : undefined;
  for await (const chunk of createReadStream(onDisk, { highWaterMark: 2 ** 20 })) {
    sha256.update(chunk);
    git?.update(chunk);
  }
  const hex = sha256.digest('hex');
  return { sha256: hex, expected: git?.digest('hex') ?? hex };
}

function silenceTimer(milliseconds: number) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DOMException('Silence', 'TimeoutError')), milliseconds);
  return {
    signal: controller.signal,
    restart: () => timer.refresh(),
    /** Also drops what is left of a body that nobody wants. */
    stop() {
      clearTimeout(timer);
      controller.abort();
    },
  };
}

function cutShort({ endpoint }: Hub, { path, bytes }: RemoteFile, found: number): WorldError {
  return new WorldError(`${hostOf(endpoint)} ended ${path} early: expected ${bytes} bytes, found ${found}`, {
    retryable: true,
  });
}

/** Going on with it would not mend it. */
function spoilt(part: string, { endpoint }: Hub, { path }: RemoteFile, what: string): WorldError {
  rmSync(part, { force: true });
  return new WorldError(
    `${path} from ${hostOf(endpoint)} is not what its repository lists: expected ${what}; what arrived is deleted, and the same command begins anew`,
    { retryable: false },
  );
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
