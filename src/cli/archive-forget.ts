/** `eidolon archive forget`: takes a post out of archives, corpus and queue, and says which models have learned from it. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { findPosts, forgetPosts, postsWithWords, SHORTEST_QUOTE, type StoredPost } from '../archive/forget-posts.ts';
import { plainWords } from '../archive/forgotten.ts';
import { allCorpusFiles } from '../corpus/corpus-files.ts';
import { forgetDocuments } from '../corpus/forget-documents.ts';
import { forgetCopies } from '../daemon/composing/copy-cache.ts';
import { UserError } from '../errors.ts';
import { loadPersona } from '../persona/load-persona.ts';
import type { Persona } from '../persona/persona.ts';
import { listDrafts } from '../queue/draft.ts';
import type { Store } from '../store/store.ts';
import { expireCopies } from './expire-copies.ts';
import { modelsTrainedFor, type TrainedModels } from './models-trained-for.ts';
import { type Places, placesWithWords } from './places-with-words.ts';
import { retrainingCommand } from './retraining-command.ts';
import { withStore } from './with-store.ts';

interface ForgetFlags {
  readonly all?: true;
  readonly json?: true;
}

/** The stable shape of `eidolon archive forget --json`. */
interface Forgot {
  /** Those with the same words too, under which another service has it. */
  readonly posts: readonly Named[];
  /** Posts that have its words among others, and stay. */
  readonly within: readonly Named[];
  /** How many documents each corpus file lost. */
  readonly corpus: Readonly<Record<string, number>>;
  readonly drafts: readonly number[];
  /** Where it stands in public already. */
  readonly published: readonly string[];
  /** Drafts that are on their way to a network. */
  readonly underWay: readonly number[];
  readonly models: readonly string[];
  /** Models from elsewhere: nothing here says what they learned. */
  readonly unknown: readonly string[];
  readonly retrain: string | null;
  /** What still holds its words. */
  readonly places: Places;
}

interface Named {
  readonly service: string;
  readonly id: string;
  readonly url: string | null;
}

export async function forget(name: string, what: string, { all, json }: ForgetFlags): Promise<void> {
  await withStore(async (store, home) => {
    const persona = loadPersona(path.join(home, 'personas', name));
    const found = await findPosts(store, persona.name, what);
    if (new Set(found.map(({ text }) => plainWords(text))).size > 1 && !all) throw ambiguous(what, found);

    const texts = found.length > 0 ? found.map(({ text }) => text) : [(await publishedAt(store, name, what)) ?? what];
    const { same, containing } = await postsWithWords(store, persona.name, texts);
    const posts = [...found, ...same.filter(({ id }) => found.every((post) => post.id !== id))];
    if (posts.length === 0) checkIsEnough(what, containing);
    const corpus = forgetInCorpus(persona, home, texts, posts);
    forgetCopies(home, persona.name);
    const { drafts, published, underWay } = await expireCopies(store, persona.name, texts, new Date());
    const wasKnown = Object.keys(corpus).length > 0 || posts.length > 0;
    const wasSaid = drafts.length > 0 || published.length > 0 || underWay.length > 0;
    if (!wasKnown && !wasSaid && !/\s/.test(what.trim())) {
      throw new UserError(`Expected a post of ${name}'s with the id or address ${what}, found none`, {
        hint: 'Give some of its words instead, as of a thread only the first id is kept: eidolon archive forget NAME "words of it"',
      });
    }
    await forgetPosts(store, persona.name, { posts, texts: posts.length > 0 ? [] : texts, now: new Date() });
    const trained = wasKnown ? modelsTrainedFor(persona, home) : NO_MODELS;
    const forgot: Forgot = {
      posts: posts.map(named),
      within: containing.filter(({ text }) => texts.some((one) => holdsPassage(text, one))).map(named),
      corpus,
      drafts,
      published,
      underWay,
      models: trained.models,
      unknown: trained.unknown,
      retrain: retrainingCommand(persona, trained),
      places: await placesWithWords(store, { home, persona: name, texts }),
    };
    console.log(json ? JSON.stringify(forgot, null, 2) : inWords(name, forgot).join('\n'));
  });
}

const NO_MODELS: TrainedModels = { models: [], unknown: [], origins: new Map() };

function named({ service, post_id: id, url }: StoredPost): Named {
  return { service, id, url };
}

/** The text of what the persona posted itself, by its address there. */
async function publishedAt(store: Store, persona: string, url: string): Promise<string | undefined> {
  const drafts = await listDrafts(store, { persona, status: 'published' });
  return drafts.find((draft) => draft.url === url.trim())?.text ?? undefined;
}

/** Few letters stand in many posts by chance: taken for a whole post, they would forget none of those. */
function checkIsEnough(what: string, containing: readonly StoredPost[]): void {
  if (containing.length === 0 || plainWords(what).length >= SHORTEST_QUOTE) return;
  throw new UserError(
    `Expected at least ${SHORTEST_QUOTE} letters of a post, found "${what}", which stands in ${containing.length} of them`,
    { hint: 'Give more of its words, or its id or address' },
  );
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

function holdsPassage(text: string, passage: string): boolean {
  const words = plainWords(passage);
  return words.length >= SHORTEST_PASSAGE && plainWords(text).includes(words);
}

const MOST_NAMED = 20;

function list(posts: readonly Named[]): string {
  const rest = posts.length - MOST_NAMED;
  const some = posts.slice(0, MOST_NAMED).map(({ service, id }) => `${service}:${id}`);
  return `${some.join(', ')}${rest > 0 ? ` and ${rest.toLocaleString('en')} more` : ''}`;
}

function inWords(name: string, forgot: Forgot): string[] {
  const { posts, within, corpus, drafts, published, underWay, models, unknown, retrain, places } = forgot;
  const isNowhere = [Object.keys(corpus), drafts, published, underWay].every(({ length }) => length === 0);
  const rows = Object.entries(places.rows).map(([table, count]) => `${table} (${count})`);
  const documents = Object.entries(corpus).map(([file, count]) => `${count} in ${file}`);
  return [
    posts.length > 0
      ? `Forgotten: ${list(posts)}`
      : `In no ${isNowhere ? 'archive, corpus or draft' : 'archive'}; a later import will leave out a post of these very words.`,
    ...(within.length > 0
      ? [
          `Its words stand in other posts too, which stay, and come into the corpus when it is built: ${list(within)}`,
          'Forget those as well, by their ids, if you want them gone.',
        ]
      : []),
    ...(documents.length > 0 ? [`Taken out of the corpus: ${documents.join(', ')}`] : []),
    ...(documents.length > 0 && posts.length > 0
      ? [`To build it anew, with its report: eidolon corpus build ${name}`]
      : []),
    ...(drafts.length > 0 ? [`Drafts that copied it have expired: ${drafts.join(', ')}`] : []),
    ...published.map((url) => `It is public: ${url}. Delete it there.`),
    ...underWay.map((id) => `Draft ${id} copies it and is on its way, or may be there already: eidolon why ${id}`),
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
