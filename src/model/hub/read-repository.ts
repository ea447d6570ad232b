/** What a repository on a hub holds at one commit, with the hashes by which its files are verified. Knows nothing of models. */
import { listFiles, modelInfo } from '@huggingface/hub';
import { z } from 'zod';
import { WorldError } from '../../errors.ts';
import type { Hub } from './hub.ts';
import type { HubReference } from './reference.ts';
import { hostOf, networkFailure } from './refusal.ts';

export interface RemoteFile {
  readonly path: string;
  readonly bytes: number;
  /** Of the content for large files; for small ones git's hash of the blob, which is all that the hub has. */
  readonly hash: { readonly kind: 'sha256' | 'git'; readonly hex: string };
}

export interface RemoteRepository {
  /** As the hub calls it now: a repository may have been renamed. */
  readonly repository: string;
  readonly commit: string;
  /** What the model card says, null where it says nothing. */
  readonly licence: string | null;
  readonly files: ReadonlyMap<string, RemoteFile>;
}

const LONGEST_ANSWER_MS = 60_000;

const word = z.string().regex(/^[\w .+-]{1,80}$/);
const infoSchema = z.object({
  name: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
  sha: z.string().regex(/^[0-9a-f]{40}$/),
  cardData: z
    .object({ license: z.union([word, z.array(word)]).optional(), license_name: word.optional() })
    .nullish()
    .catch(null),
});
const fileSchema = z.object({
  path: z.string(),
  size: z.int().nonnegative(),
  oid: z.string().regex(/^[0-9a-f]{40}$/),
  lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().nonnegative() }).nullish(),
});

export async function readRepository(hub: Hub, reference: HubReference): Promise<RemoteRepository> {
  const { endpoint: hubUrl } = hub;
  const fetch = fetchThrough(hub, reference);
  const info = await answered(hub, async () =>
    infoSchema.parse(
      await modelInfo({
        name: reference.repository,
        revision: reference.revision,
        additionalFields: ['sha', 'cardData'],
        hubUrl,
        fetch,
      }),
    ),
  );
  const listing = { repo: { type: 'model', name: info.name }, revision: info.sha, hubUrl, fetch } as const;
  const files = await answered(hub, async () => {
    const found: RemoteFile[] = [];
    for await (const entry of listFiles(listing)) {
      if (entry.type === 'file') found.push(remoteFile(fileSchema.parse(entry)));
    }
    return found;
  });
  return {
    repository: info.name,
    commit: info.sha,
    licence: licenceOf(info.cardData),
    files: new Map(files.map((file) => [file.path, file])),
  };
}

function remoteFile({ path, size, oid, lfs }: z.infer<typeof fileSchema>): RemoteFile {
  return lfs
    ? { path, bytes: lfs.size, hash: { kind: 'sha256', hex: lfs.oid } }
    : { path, bytes: size, hash: { kind: 'git', hex: oid } };
}

function licenceOf(card: z.infer<typeof infoSchema>['cardData']): string | null {
  const licence = [card?.license ?? []].flat().join(', ');
  return (licence === 'other' || licence === '' ? card?.license_name : undefined) ?? (licence || null);
}

/** For the hub's client: with our token, our errors, and the whole answer at once, so that what fails in it is the network. */
function fetchThrough(hub: Hub, subject: HubReference): typeof fetch {
  return async (url) => {
    const own = AbortSignal.timeout(LONGEST_ANSWER_MS);
    const signal = hub.signal ? AbortSignal.any([hub.signal, own]) : own;
    const response = await hub.get(String(url), { subject, headers: { accept: 'application/json' }, signal });
    const text = await response.text().catch((error: unknown) => {
      throw hub.signal?.aborted ? error : networkFailure(error, response.url);
    });
    return new Response(text, { headers: response.headers });
  };
}

/** The client believes whatever it is sent, so what it trips over is an answer that no hub gives. */
async function answered<T>(hub: Hub, ask: () => Promise<T>): Promise<T> {
  try {
    return await hub.persist(ask);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError || error instanceof z.ZodError)) throw error;
    throw new WorldError(
      `${hostOf(hub.endpoint)} does not answer as a Hugging Face hub does: is HF_ENDPOINT right, and is there no login page before the network?`,
      { retryable: false, cause: error },
    );
  }
}
