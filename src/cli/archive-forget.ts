/** `eidolon archive forget`: takes a post out of archives, corpus and queue, and says which models have learned from it. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { findPosts, forgetPosts, type StoredPost } from '../archive/forget-posts.ts';
import { plainWords } from '../archive/forgotten.ts';
import { allCorpusFiles } from '../corpus/corpus-files.ts';
import { forgetDocuments } from '../corpus/forget-documents.ts';
import { forgetCopies } from '../daemon/composing/copy-cache.ts';
import { UserError } from '../errors.ts';
import { loadPersona } from '../persona/load-persona.ts';
import type { Persona } from '../persona/persona.ts';
import { expireCopies } from './expire-copies.ts';
import { modelsTrainedFor, type TrainedModels } from './models-trained-for.ts';
import { type Places, placesWithWords } from './places-with-words.ts';
import { withStore } from './with-store.ts';

interface ForgetFlags {
  readonly all?: true;
  readonly json?: true;
}

/** The stable shape of `eidolon archive forget --json`. */
interface Forgot {
  readonly posts: readonly { readonly service: string; readonly id: string; readonly url: string | null }[];
  /** How many documents each corpus file lost. */
  readonly corpus: Readonly<Record<string, number>>;
  readonly drafts: readonly number[];
  /** Where it stands in public already. */
  readonly published: readonly string[];
  readonly models: readonly string[];
  /** Models from elsewhere: nothing here says what they learned. */
  readonly unknown: readonly string[];
  readonly retrain: string | null;
  /** What still holds its words. */
  readonly places: Places;
}

export async function forget(name: string, what: string, { all, json }: ForgetFlags): Promise<void> {
  await withStore(async (store, home) => {
    const persona = loadPersona(path.join(home, 'personas', name));
    const posts = await findPosts(store, persona.name, what);
    if (posts.length > 1 && !all) throw ambiguous(what, posts);

    const texts = posts.length > 0 ? posts.map(({ text }) => text) : [what];
    const corpus = forgetInCorpus(persona, home, texts, posts);
    forgetCopies(home, persona.name);
    const { drafts, published } = await expireCopies(store, persona.name, texts, new Date());
    const isWords = /\s/.test(what.trim());
    if (posts.length === 0 && Object.keys(corpus).length === 0 && drafts.length === 0 && !isWords) {
      throw new UserError(`Expected a post of ${name}'s with the id or address ${what}, found none`, {
        hint: 'Give some of its words instead: eidolon archive forget NAME "words of it"',
      });
    }
    await forgetPosts(store, persona.name, { posts, texts: posts.length > 0 ? [] : [what], now: new Date() });
    const wasKnown = Object.keys(corpus).length > 0 || posts.length > 0;
    const { models, unknown } = wasKnown ? modelsTrainedFor(persona, home) : NO_MODELS;
    const forgot: Forgot = {
      posts: posts.map(({ service, post_id: id, url }) => ({ service, id, url })),
      corpus,
      drafts,
      published,
      models,
      unknown,
      retrain: retraining(name, models),
      places: await placesWithWords(store, { home, persona: name, texts }),
    };
    console.log(json ? JSON.stringify(forgot, null, 2) : inWords(forgot).join('\n'));
  });
}

const NO_MODELS: TrainedModels = { models: [], unknown: [] };

/** The persona's model first, as what it is taught lies over that. */
function retraining(name: string, models: readonly string[]): string | null {
  if (models.length === 0) return null;
  const isTaught = models.some((model) => model.startsWith(path.join('personas', name, 'adapters')));
  return isTaught ? `eidolon train ${name} && eidolon learn ${name}` : `eidolon train ${name}`;
}

function ambiguous(what: string, posts: readonly StoredPost[]): UserError {
  const some = posts
    .slice(0, 3)
    .map(({ service, post_id, text }) => `${service}:${post_id} (${text.replace(/\s+/g, ' ').slice(0, 40)}…)`);
  return new UserError(`Expected one post with "${what}", found ${posts.length}: ${some.join(', ')}`, {
    hint: 'Give the id of one of them, or forget them all with --all',
  });
}

/** From every corpus file of the persona's; what it lost, by file. */
function forgetInCorpus(persona: Persona, home: string, texts: readonly string[], posts: readonly StoredPost[]) {
  const ids = new Set(posts.flatMap(({ service, post_id }) => [post_id, `${service}:${post_id}`]));
  const quotes = texts.map(plainWords).filter((words) => words !== '');
  const holdsQuote = (text: string) => {
    const words = plainWords(text);
    return quotes.some((quote) => words === quote || (quote.length >= SHORTEST_PASSAGE && words.includes(quote)));
  };
  const { documents, copies } = allCorpusFiles({ home, folder: persona.folder });
  const files = new Set([...documents, ...(persona.corpusFile === undefined ? [] : [persona.corpusFile])]);
  const removed = [...files].map((file) => {
    const gone = forgetDocuments(
      file,
      ({ id, text, posts: joined = [], context = [] }) =>
        [...(id === undefined ? [] : [id]), ...joined].some((one) => ids.has(one)) ||
        [text, ...context.map((turn) => turn.text)].some(holdsQuote),
    );
    return [path.basename(file), gone.length] as const;
  });
  const changed = removed.filter(([, count]) => count > 0);
  if (changed.length > 0) for (const copy of copies) rmSync(copy);
  return Object.fromEntries(changed);
}

/** In letters and digits: a shorter one may stand in another text by chance. */
const SHORTEST_PASSAGE = 20;

function inWords({ posts, corpus, drafts, published, models, unknown, retrain, places }: Forgot): string[] {
  const rows = Object.entries(places.rows).map(([table, count]) => `${table} (${count})`);
  const documents = Object.entries(corpus).map(([file, count]) => `${count} in ${file}`);
  return [
    posts.length > 0
      ? `Forgotten: ${posts.map(({ service, id }) => `${service}:${id}`).join(', ')}`
      : 'In no archive; a later import will leave it out.',
    ...(documents.length > 0 ? [`Taken out of the corpus: ${documents.join(', ')}`] : []),
    ...(drafts.length > 0 ? [`Drafts that copied it have expired: ${drafts.join(', ')}`] : []),
    ...published.map((url) => `It is public: ${url}. Delete it there.`),
    ...(models.length > 0
      ? [`Trained on it, and may still say it: ${models.join(', ')}`, `To train without it: ${retrain}`]
      : []),
    ...(unknown.length > 0
      ? [
          `Brought from elsewhere, as from a notebook, so that only you know whether they learned it: ${unknown.join(', ')}`,
        ]
      : []),
    ...(places.files.length > 0
      ? [
          'Its words still stand in these files; delete those that you do not need:',
          ...places.files.map((file) => `  ${file}`),
        ]
      : []),
    ...(rows.length > 0
      ? [`Its words still stand in rows of data/eidolon.db, which tell what happened: ${rows.join(', ')}`]
      : []),
  ];
}
