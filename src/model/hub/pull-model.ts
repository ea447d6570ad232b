/** A GPT-2 from a hub into a folder of models: whole and verified, or not at all. A pull that was cut off is gone on with. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import { diskRefusal } from '../disk-refusal.ts';
import { refuseWithoutRoom } from '../import/room-on-disk.ts';
import { type ChosenFiles, chooseFiles } from './choose-files.ts';
import { claimFolder } from './claim-folder.ts';
import { bytesOnDisk, downloadFile, partOf } from './download-file.ts';
import type { Hub } from './hub.ts';
import { modelFolderOf, refuseOtherKinds } from './model-of-files.ts';
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
  /** Told when all is fetched and a model folder is to be made of it, as it was in another form. */
  readonly onConvert?: () => void;
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
    throw diskRefusal(error, models, 'Make room; the same command goes on where it ended') ?? error;
  }
  return { ...pulled, isNew: true };
}

interface Pulling extends Pull {
  readonly remote: RemoteRepository;
  readonly chosen: ChosenFiles;
}

async function pullInto(folder: string, hub: Hub, pulling: Pulling): Promise<void> {
  const { models, name, remote, chosen, now, onConvert } = pulling;
  const { isModelFolder } = chosen;
  const partial = path.join(models, `.${name}.partial`);
  const target = path.join(partial, 'files');
  const claim = claimFolder(partial, `${remote.repository} is pulled`);
  try {
    dropStrangers(target, [...chosen.descriptions, ...chosen.weights]);
    await refuseWithoutRoom(models, bytesNeeded(target, chosen));
    const files = await fetchAll(hub, target, pulling);
    await refuseWithoutRoom(models, bytesNeeded(target, chosen)); // for what is made of it, after all that time
    const made = await modelFolderOf(target, { repository: remote.repository, isModelFolder, now, onConvert });
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

function bytesNeeded(target: string, { descriptions, weights, isModelFolder }: ChosenFiles): number {
  const missing = [...descriptions, ...weights].map(
    (file) => file.bytes - bytesOnDisk(path.join(target, file.path), file),
  );
  const converted = isModelFolder ? [] : weights.map(({ bytes }) => bytes);
  return [...missing, ...converted].reduce((sum, bytes) => sum + bytes, 0);
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
  await refuseOtherKinds(target, repository);
  for (const file of chosen.weights) await fetch(file);
  return hashes;
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

const json = (content: object) => `${JSON.stringify(content, null, 2)}\n`;
