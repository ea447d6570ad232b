/** Puts texts that nobody generated into a persona's queue: its owner's own words, or posts of the archive. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { judgeContext } from '../daemon/composing/judge-context.ts';
import { freeSlot } from '../daemon/schedule/free-slot.ts';
import { UserError } from '../errors.ts';
import { loadPersona } from '../persona/load-persona.ts';
import type { Persona } from '../persona/persona.ts';
import { pictureNamed } from '../persona/pictures.ts';
import { lengthComplaint } from '../publishing/post-length.ts';
import { type Draft, type DraftOptions, draftJson, getDraft } from '../queue/draft.ts';
import { chooseOldPosts } from '../queue/old-posts.ts';
import { createOwnDraft, OWN } from '../queue/own-draft.ts';
import { statusSentence } from '../review/status-sentence.ts';
import { type Store, transaction } from '../store/store.ts';
import { approveOnTerms } from './approve-on-terms.ts';
import { dayNamed, momentNamed } from './moment-named.ts';
import { withStore } from './with-store.ts';

export interface AddFlags {
  readonly file?: string;
  readonly at?: string;
  readonly picture?: readonly string[];
  readonly warning?: string;
  readonly visibility?: NonNullable<DraftOptions['visibility']>;
  readonly language?: string;
  readonly pending?: boolean;
  readonly from?: 'archive';
  readonly service?: string;
  readonly since?: string;
  readonly until?: string;
  readonly match?: string;
  readonly order: 'oldest' | 'newest' | 'random';
  readonly count: number;
  readonly approve?: boolean;
  readonly json?: boolean;
}

export async function addToQueue(name: string, text: string | undefined, flags: AddFlags): Promise<void> {
  await withStore(async (store, home) => {
    const persona = loadPersona(path.join(home, 'personas', name));
    const now = new Date();
    const adding: Adding = { store, home, persona, flags, now, options: optionsFrom(persona, flags) };
    const drafts = flags.from ? await addOldPosts(adding) : [await addOwnWords(adding, await wordsFrom(text, flags))];
    if (flags.json) return console.log(JSON.stringify(drafts.map(draftJson), null, 2));
    const zone = persona.schedule.posts.timezone;
    for (const draft of drafts) console.log(`Draft ${draft.id} ${statusSentence(draft, now, zone)}`);
  });
}

interface Adding {
  readonly store: Store;
  readonly home: string;
  readonly persona: Persona;
  readonly flags: AddFlags;
  readonly options: DraftOptions;
  readonly now: Date;
}

async function addOwnWords(adding: Adding, text: string): Promise<Draft> {
  const { persona, flags } = adding;
  const words = text.toWellFormed().replaceAll(/\r\n?/g, '\n').trim();
  if (!/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(words)) {
    throw new UserError('Expected words to post, found none that anybody would see', {
      hint: `eidolon queue add ${persona.name} "Your words"`,
    });
  }
  if (!flags.pending) await refuseTooLong(adding, words);
  return insert(adding, { text: words, origin: OWN, gates: [], isApproved: !flags.pending });
}

/** Before there is a draft, which the error would be told of. */
async function refuseTooLong({ store, persona }: Adding, words: string): Promise<void> {
  const wrong = (await lengthComplaint(store, persona))(words);
  if (wrong === undefined) return;
  throw new UserError(`The text is too long: ${wrong}`, {
    hint: 'Nothing was added. Make it shorter, or allow threads in persona.yaml (account.threads: true)',
  });
}

async function addOldPosts(adding: Adding): Promise<Draft[]> {
  const { store, persona, flags } = adding;
  const { service, match, order, count } = flags;
  const zone = persona.schedule.posts.timezone;
  const filter = {
    service,
    match,
    order,
    count,
    since: flags.since === undefined ? undefined : dayNamed(flags.since, zone).toISOString(),
    until: flags.until === undefined ? undefined : dayNamed(flags.until, zone).toISOString(),
  };
  const context = await judgeContext(adding);
  const { posts, passedOver } = await chooseOldPosts(store, persona, { filter, context, random: Math.random });
  if (posts.length === 0) {
    const why = [...passedOver].map(([reason, times]) => `${reason} ${times}`).join(', ');
    throw new UserError(`No post of ${persona.name}'s archive can be posted${why && `; passed over: ${why}`}`, {
      hint: 'They are own, public, no answers, and were not in the queue before: eidolon archive list',
    });
  }
  const drafts: Draft[] = [];
  for (const { text, origin, gates, language } of posts) {
    const options = language === null ? adding.options : { language, ...adding.options };
    drafts.push(await insert({ ...adding, options }, { text, origin, gates, isApproved: flags.approve === true }));
  }
  if (!flags.json) for (const [reason, times] of passedOver) console.error(`Passed over: ${reason}, ${times}`);
  return drafts;
}

interface Insertion {
  readonly text: string;
  readonly origin: string;
  readonly gates: Parameters<typeof createOwnDraft>[1]['gates'];
  readonly isApproved: boolean;
}

function insert({ store, home, persona, flags, options, now }: Adding, insertion: Insertion): Promise<Draft> {
  const { text, origin, gates, isApproved } = insertion;
  return transaction(store, async (inside) => {
    const dueAt =
      flags.at === undefined
        ? await freeSlot({ store: inside, persona, now: () => now, random: Math.random })
        : momentNamed(flags.at, persona.schedule.posts.timezone, now);
    const id = await createOwnDraft(inside, { persona: persona.name, text, origin, dueAt, options, gates, now });
    return isApproved ? approveOnTerms(inside, home, { draftId: id, now }) : getDraft(inside, id);
  });
}

function optionsFrom(persona: Persona, { picture = [], warning, visibility, language }: AddFlags): DraftOptions {
  const media = picture.map((name) => pictureNamed(persona.folder, name));
  refuseUnheard(persona, { visibility, warning });
  if (language !== undefined && !/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(language)) {
    throw new UserError(`--language: expected a tag such as en or pt-BR, found ${JSON.stringify(language)}`);
  }
  return {
    ...(warning !== undefined && { contentWarning: warning }),
    ...(visibility !== undefined && { visibility }),
    ...(language !== undefined && { language }),
    ...(media.length > 0 && { media }),
  };
}

/** What a network passes over would show a post to more people, or more openly, than its owner said. */
function refuseUnheard(
  { account: { network } }: Persona,
  { visibility, warning }: Pick<AddFlags, 'visibility' | 'warning'>,
): void {
  const isPublic = network === 'x' || network === 'bluesky';
  if (isPublic && visibility !== undefined && visibility !== 'public') {
    throw new UserError(`--visibility: expected public, found ${visibility}: every post of ${network} is public`);
  }
  if (network === 'x' && warning !== undefined) {
    throw new UserError('--warning: X has no content warnings', { hint: 'Say it in the text' });
  }
}

async function wordsFrom(text: string | undefined, { file }: AddFlags): Promise<string> {
  if (text !== undefined) return text;
  if (file !== undefined && file !== '-') {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
    } catch (cause) {
      throw new UserError(`${file}: expected a readable text file, found something else`, {
        hint: 'Make it a UTF-8 file that you can read',
        cause,
      });
    }
  }
  if (process.stdin.isTTY) {
    throw new UserError('Expected words to post, found none', { hint: 'Say them, or use --file, or pipe them in' });
  }
  return textOf(process.stdin);
}
