/** The store's posts of a persona → its corpus files, each with a report and what was dropped. */
import { existsSync, rmSync } from 'node:fs';
import { readForgotten } from '../archive/forgotten.ts';
import { UserError } from '../errors.ts';
import type { Persona } from '../persona/persona.ts';
import type { Store } from '../store/store.ts';
import { type Built, buildCorpus } from './build-corpus.ts';
import { CONVERSATIONS, type CorpusFiles, corpusFiles, MINE } from './corpus-files.ts';
import type { CorpusReport } from './corpus-report.ts';
import type { Document } from './document.ts';
import { type RawText, readTexts } from './read-texts.ts';
import { summariseParts } from './split-by-time.ts';
import { splitCorpus } from './split-corpus.ts';
import { writeDocuments, writeLines } from './write-documents.ts';
import { type TrainingFile, type TrainingFormat, writeTrainingFiles } from './write-training-files.ts';

export interface CorporaOptions {
  readonly home: string;
  /** Only this one; without it all that the persona has archives for. */
  readonly corpus?: string | undefined;
  /** Also for other trainers, like this. */
  readonly format?: TrainingFormat | undefined;
  /** Whether a corpus that was not built may be overwritten. */
  readonly replaces: boolean;
  readonly onProgress?: (corpus: string, progress: Progress) => void;
}

/** In posts. */
export interface Progress {
  readonly cleaned: number;
  /** Own ones in the archives: of those that are to be forgotten none is cleaned. */
  readonly of: number;
  /** All are cleaned, and repeats are looked for. */
  readonly isComparing: boolean;
}

export interface BuiltCorpus {
  readonly file: string;
  readonly report: CorpusReport;
  /** For other trainers. */
  readonly copies: readonly TrainingFile[];
}

/** @throws UserError where there are no posts to build from, or a file of somebody else's is in the way. */
export async function buildCorpora(store: Store, persona: Persona, options: CorporaOptions): Promise<BuiltCorpus[]> {
  const names = await corporaToBuild(store, persona.name, options.corpus);
  const filesOf = (corpus: string) => corpusFiles({ home: options.home, folder: persona.folder, corpus });
  for (const name of names) if (!options.replaces) refuseForeign(filesOf(name));

  const corpora: BuiltCorpus[] = [];
  for (const corpus of names) {
    const texts = withoutForgotten(store, persona.name, readTexts(store, persona.name, corpus));
    const of = await countOwn(store, persona.name, corpus);
    const built = await buildCorpus(texts, persona, {
      onProgress: (cleaned) => options.onProgress?.(corpus, { cleaned, of, isComparing: false }),
      onComparing: () => options.onProgress?.(corpus, { cleaned: of, of, isComparing: true }),
    });
    const origin = await originOf(store, persona.name, corpus);
    const replies = corpus === MINE ? built.documents.filter(({ context }) => context !== undefined) : [];
    if (replies.length > 0 && !options.replaces) refuseForeign(filesOf(CONVERSATIONS));
    corpora.push(write(corpus, built, origin));
    if (replies.length > 0) {
      corpora.push(write(CONVERSATIONS, { ...built, documents: replies, dropped: [], changed: {} }, origin));
    } else if (corpus === MINE) {
      removeBuilt(filesOf(CONVERSATIONS));
    }
  }
  return corpora;

  function write(corpus: string, built: Built, origin: Origin): BuiltCorpus {
    const files = filesOf(corpus);
    const documents = corpus === CONVERSATIONS ? built.documents : built.documents.map(withoutContext);
    const report = reportOf(corpus, { ...built, documents }, origin, persona);
    writeLines(
      files.dropped,
      built.dropped.values().map((drop) => `${JSON.stringify(drop)}\n`),
    );
    writeLines(files.report, [`${JSON.stringify(report, null, 2)}\n`]);
    writeDocuments(files.documents, documents);
    // Without what they answer, conversations are nothing but some of the persona's own texts again.
    const copies =
      corpus === CONVERSATIONS ? [] : writeTrainingFiles(files.copies, splitCorpus(documents), options.format);
    return { file: files.documents, report, copies };
  }
}

async function countOwn(store: Store, persona: string, corpus: string): Promise<number> {
  const { count } = await store.db
    .selectFrom('posts')
    .innerJoin('archives', 'archives.id', 'posts.archive_id')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('posts.persona', '=', persona)
    .where('archives.corpus', '=', corpus)
    .where('posts.mine', '=', 1)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** The names of the corpora that the persona has archives for. */
export async function archivedCorpora(store: Store, persona: string): Promise<string[]> {
  const rows = await store.db
    .selectFrom('archives')
    .select('corpus')
    .distinct()
    .where('persona', '=', persona)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('posts').select('posts.id').whereRef('posts.archive_id', '=', 'archives.id').where('mine', '=', 1),
      ),
    )
    .orderBy('corpus')
    .execute();
  return rows.map(({ corpus }) => corpus);
}

async function corporaToBuild(store: Store, persona: string, wanted: string | undefined): Promise<string[]> {
  const names = await archivedCorpora(store, persona);
  if (names.length === 0) {
    throw new UserError(`Expected posts of ${persona}'s to build a corpus from, found none`, {
      hint: `Read an export first: eidolon archive add ${persona} PATH`,
    });
  }
  if (wanted === undefined) return names;
  if (names.includes(wanted)) return [wanted];
  throw new UserError(`Expected a corpus of ${persona}'s: ${names.join(', ')}; found "${wanted}"`, {
    hint: `See: eidolon archive list ${persona}`,
  });
}

/** A corpus that somebody wrote is worth more than one that can be built again. */
function refuseForeign({ documents, report }: CorpusFiles): void {
  if (!isForeign({ documents, report })) return;
  throw new UserError(`${documents}: expected a corpus that corpus build wrote, found another one`, {
    hint: 'Move it away, or read it in with `eidolon archive add` and then say --replace',
  });
}

/** What was built of conversations that are no more. */
function removeBuilt({ documents, report, dropped }: CorpusFiles): void {
  if (isForeign({ documents, report })) return;
  for (const file of [documents, report, dropped]) rmSync(file, { force: true });
}

function isForeign({ documents, report }: Pick<CorpusFiles, 'documents' | 'report'>): boolean {
  return existsSync(documents) && !existsSync(report);
}

async function* withoutForgotten(
  store: Store,
  persona: string,
  texts: AsyncIterable<RawText>,
): AsyncGenerator<RawText> {
  const forgotten = await readForgotten(store, persona);
  for await (const text of texts) {
    const posts = text.posts.map((id) => ({ service: text.service, id: id.slice(text.service.length + 1), text: '' }));
    if (![...posts, { service: '', id: '', text: text.text }].some((post) => forgotten.has(post))) yield text;
  }
}

/** As archives call an owner whose name they do not have. */
const NAMELESS: ReadonlySet<string> = new Set(['me', 'owner']);

type Origin = Pick<CorpusReport, 'owner' | 'licence' | 'archives'>;

async function originOf(store: Store, persona: string, corpus: string): Promise<Origin> {
  const rows = await store.db
    .selectFrom('archives')
    .leftJoin('posts', (join) => join.onRef('posts.archive_id', '=', 'archives.id').on('posts.mine', '=', 1))
    .select(({ fn }) => [
      'archives.name',
      'archives.format',
      'archives.owner',
      'archives.licence',
      'archives.omissions',
      fn.count<number>('posts.id').as('texts'),
    ])
    .where('archives.persona', '=', persona)
    .where('archives.corpus', '=', corpus)
    .groupBy('archives.id')
    .orderBy('archives.id')
    .execute();
  const owners = rows.flatMap(({ owner }): string[] => JSON.parse(owner));
  const named = owners.filter((owner) => !NAMELESS.has(owner));
  const licences = [...new Set(rows.map(({ licence }) => licence).filter((licence) => licence !== null))];
  return {
    owner: [...new Set(named.length > 0 ? named : owners)],
    licence: licences.length > 0 ? licences.join('; ') : null,
    archives: rows.map(({ name, format, texts, omissions }) => {
      const leftOut: Record<string, number> = JSON.parse(omissions);
      return { name, format, texts, ...(Object.keys(leftOut).length > 0 && { leftOut }) };
    }),
  };
}

function reportOf(corpus: string, built: Built, origin: Origin, persona: Persona): CorpusReport {
  return {
    corpus,
    ...origin,
    settings: {
      languages: [...persona.languages],
      cleaning: { ...persona.cleaning },
      personalData: persona.privacy.personalData,
    },
    read: built.read,
    documents: built.documents.length,
    changed: built.changed,
    dropped: countBy(built.dropped.map(({ rule }) => rule)),
    parts: summariseParts(built.documents),
  };
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort((a, b) => b[1] - a[1]));
}

function withoutContext({ context: _, ...document }: Document): Document {
  return document;
}
