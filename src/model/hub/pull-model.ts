/** A GPT-2 from a hub into a folder of models: whole and verified, or not at all. A pull that was cut off is gone on with. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import { readConfig, readModelFolder } from '../model-folder.ts';
import { loadTokenizer } from '../tokenizer.ts';
import { type ChosenFiles, chooseFiles } from './choose-files.ts';
import { claimFolder } from './claim-folder.ts';
import { bytesOnDisk, downloadFile, partOf } from './download-file.ts';
import type { Hub } from './hub.ts';
import { type RemoteFile, type RemoteRepository, readRepository } from './read-repository.ts';
import type { HubReference } from './reference.ts';

export interface Pull {
  readonly reference: HubReference;
  /** The folder that models are in. */
  readonly models: string;
  /** The folder in it to make. */
  readonly name: string;
  readonly now: Date;
  readonly onProgress?: (progress: PullProgress) => void;
}

export interface PullProgress {
  readonly bytesRead: number;
  /** Of all files. */
  readonly bytes: number;
  /** Of those, what was on the disk before. */
  readonly bytesBefore: number;
}

export interface Pulled {
  readonly repository: string;
  readonly commit: string;
  readonly licence: string | null;
  /** Of what the repository holds of it. */
  readonly bytes: number;
  /** False where that very revision was there already. */
  readonly isNew: boolean;
}

/** @throws UserError, WorldError; then nothing new is in the folder of models but, hidden, what may be gone on with. */
export async function pullModel(hub: Hub, pull: Pull): Promise<Pulled> {
  const { reference, models, name } = pull;
  const folder = path.join(models, name);
  const present = existsSync(folder) ? originOf(folder) : undefined;
  const remote = await readRepository(hub, reference);
  const { repository, commit, licence } = remote;
  const chosen = chooseFiles(remote);
  const files = [...chosen.descriptions, ...chosen.weights];
  const pulled = { repository, commit, licence, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
  if (present?.repository === repository && present.commit === commit) return { ...pulled, isNew: false };
  if (present) {
    const there = `${present.repository} at ${present.commit.slice(0, 7)}`;
    throw taken(folder, `${there}, while the hub has ${commit.slice(0, 7)}`);
  }
  try {
    await pullInto(folder, hub, { ...pull, remote, chosen });
  } catch (error) {
    throw asUserError(error, models);
  }
  return { ...pulled, isNew: true };
}

interface Pulling extends Pull {
  readonly remote: RemoteRepository;
  readonly chosen: ChosenFiles;
}

async function pullInto(folder: string, hub: Hub, pulling: Pulling): Promise<void> {
  const { models, name, remote, chosen } = pulling;
  const partial = path.join(models, `.${name}.partial`);
  const target = path.join(partial, 'files');
  const claim = claimFolder(partial, `${remote.repository} is pulled`);
  try {
    dropStrangers(target, [...chosen.descriptions, ...chosen.weights]);
    await refuseWithoutRoom(target, name, chosen);
    const files = await fetchAll(hub, target, pulling);
    const made = finish(target, remote, chosen);
    writeFileSync(path.join(made, 'run.json'), json({ source: sourceOf(hub, pulling), files }));
    if (existsSync(folder)) throw taken(folder, 'one that came meanwhile');
    renameSync(made, folder);
    rmSync(target, { recursive: true, force: true });
  } finally {
    claim[Symbol.dispose]();
    if (!existsSync(target) || readdirSync(target).length === 0) rmSync(partial, { recursive: true, force: true });
  }
}

const originSchema = z.object({ source: z.object({ repository: z.string(), commit: z.string() }) });

/** @throws UserError where a folder that was not pulled has the name. */
function originOf(folder: string): z.infer<typeof originSchema>['source'] {
  const file = path.join(folder, 'run.json');
  try {
    return originSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).source;
  } catch (cause) {
    throw taken(folder, 'a model that is not from a hub', cause);
  }
}

/** What an earlier try for another revision left, and this one has no use for. */
function dropStrangers(target: string, files: readonly RemoteFile[]): void {
  mkdirSync(target, { recursive: true });
  const expected = new Set(files.flatMap((file) => [file.path, partOf(file.path, file)]));
  for (const name of readdirSync(target)) {
    if (!expected.has(name)) rmSync(path.join(target, name), { recursive: true });
  }
}

async function refuseWithoutRoom(target: string, name: string, { descriptions, weights, isModelFolder }: ChosenFiles) {
  const missing = [...descriptions, ...weights].map(
    (file) => file.bytes - bytesOnDisk(path.join(target, file.path), file),
  );
  const converted = isModelFolder ? [] : weights.map(({ bytes }) => bytes);
  const needed = [...missing, ...converted].reduce((sum, bytes) => sum + bytes, 0);
  const { bavail, bsize } = await statfs(target);
  const free = bavail * bsize;
  if (needed <= free) return;
  throw new UserError(
    `${path.dirname(path.dirname(target))}: expected ${megabytes(needed)} of room on the disk for ${name}, found ${megabytes(free)}`,
    { hint: 'Make room, or set EIDOLON_HOME to a folder on another disk' },
  );
}

/** Small files first: what is no GPT-2 is refused before its weights are fetched. Bytes and SHA-256 by path. */
async function fetchAll(hub: Hub, target: string, { remote, chosen, onProgress }: Pulling) {
  const { repository, commit: revision } = remote;
  const onDisk = new Map(
    [...chosen.descriptions, ...chosen.weights].map((file) => [
      file.path,
      { file, bytes: bytesOnDisk(path.join(target, file.path), file) },
    ]),
  );
  const sum = (of: (entry: { file: RemoteFile; bytes: number }) => number) =>
    [...onDisk.values()].reduce((total, entry) => total + of(entry), 0);
  const [bytes, bytesBefore] = [sum(({ file }) => file.bytes), sum((entry) => entry.bytes)];
  const hashes: Record<string, { readonly bytes: number; readonly sha256: string }> = {};
  const fetch = async (file: RemoteFile) => {
    const sha256 = await downloadFile(hub, {
      subject: { repository, revision, path: file.path },
      file,
      destination: path.join(target, file.path),
      onBytes(count) {
        onDisk.set(file.path, { file, bytes: count });
        onProgress?.({ bytesRead: sum((entry) => entry.bytes), bytes, bytesBefore });
      },
    });
    hashes[file.path] = { bytes: file.bytes, sha256 };
  };

  for (const file of chosen.descriptions) await fetch(file);
  refuseForeign(target, repository, () => {
    const { vocab_size } = readConfig(path.join(target, 'config.json'));
    if (existsSync(path.join(target, 'tokenizer.json'))) refuseLargeVocabulary(target, vocab_size);
  });
  for (const file of chosen.weights) await fetch(file);
  return hashes;
}

function finish(target: string, { repository }: RemoteRepository, { isModelFolder }: ChosenFiles): string {
  if (!isModelFolder)
    throw new UserError(
      `${repository}: expected model.safetensors and tokenizer.json, found its weights or tokenizer in another form`,
    );
  refuseForeign(target, repository, () => readModelFolder(target));
  return target;
}

function refuseLargeVocabulary(target: string, size: number): void {
  const { vocabularySize } = loadTokenizer(target);
  if (vocabularySize <= size) return;
  throw new UserError(
    `${path.join(target, 'tokenizer.json')}: expected at most the ${size} tokens of config.json, found ${vocabularySize}`,
  );
}

/** With the repository instead of the hidden folder in the error's line; and nothing of it stays. */
function refuseForeign(target: string, repository: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    rmSync(target, { recursive: true });
    throw new UserError(error.message.replace(`${target}${path.sep}`, `${repository}: `), {
      hint: 'Only GPT-2 models can be pulled',
      cause: error,
    });
  }
}

function sourceOf({ endpoint }: Hub, { reference, now, remote }: Pulling) {
  const { repository, commit, licence } = remote;
  return { hub: endpoint, repository, revision: reference.revision, commit, licence, pulledAt: now.toISOString() };
}

function taken(folder: string, what: string, cause?: unknown): UserError {
  return new UserError(`${folder}: expected no such model yet, found ${what}`, {
    hint: 'Choose another name with --as, or remove that folder first',
    cause,
  });
}

/** What the disk refuses is for the owner to mend. */
function asUserError(error: unknown, models: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const hint = 'Make room; the same command goes on where it ended';
    return new UserError(`${models}: the disk is full`, { hint, cause: error });
  }
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') {
    return new UserError(`${models}: expected a folder to write into, found one that refuses it (${code})`, {
      cause: error,
    });
  }
  return error;
}

const json = (content: object) => `${JSON.stringify(content, null, 2)}\n`;
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
