/** `eidolon archive add`: finds the exports, asks whose they are where they do not say, and reads them in. */
import path from 'node:path';
import type { Format } from '../archive/format.ts';
import { limitHeapGrowth } from '../archive/heap-growth.ts';
import { type Imported, importArchive, NOTHING_MINE, type Progress } from '../archive/import-archive.ts';
import { type ArchiveSummary, readArchives } from '../archive/list-archives.ts';
import { type Failed, type Found, openExports } from '../archive/open-exports.ts';
import { CUT, CUT_MAIL } from '../archive/post.ts';
import { suggestOwners } from '../archive/suggest-owners.ts';
import { parseColumns } from '../archive/text-columns.ts';
import { CONVERSATIONS, MINE } from '../corpus/corpus-files.ts';
import { UserError } from '../errors.ts';
import { loadPersona } from '../persona/load-persona.ts';
import type { Store } from '../store/store.ts';
import { askWhose } from './ask-whose.ts';
import { inUnits, type ProgressReport, progressOn } from './progress-line.ts';
import { withStore } from './with-store.ts';

export interface AddFlags {
  readonly me?: readonly string[];
  readonly include?: 'private';
  readonly author?: string;
  readonly licence?: string;
  readonly columns?: string;
  readonly zone?: string;
  readonly dates?: 'day-first' | 'month-first';
  readonly tagsAsTalk?: true;
  readonly join?: true;
  readonly verbose?: true;
  readonly json?: true;
}

const DATES = { 'day-first': 'day first', 'month-first': 'month first' } as const;

interface Added extends ArchiveSummary {
  /** Posts that were not in the store before. */
  readonly added: number;
}

export async function addArchives(name: string, paths: readonly string[], flags: AddFlags): Promise<void> {
  limitHeapGrowth();
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);

  await withStore(async (store, home) => {
    const persona = loadPersona(path.join(home, 'personas', name)).name;
    const dropped = openExports(paths, {
      spoolFolder: path.join(home, 'data', 'spool'),
      isOne: flags.join ?? false,
      onUnpack: (name) => console.error(`Unpacking ${name}, as it can only be read from its beginning …`),
      ...(flags.columns === undefined ? {} : { columns: parseColumns(flags.columns) }),
    });
    const added: Added[] = [];
    const failed: Failed[] = [];
    for await (const found of dropped) {
      if ('error' in found) failed.push(found);
      else await addFound(found);
      if (stopping.signal.aborted) break;
    }
    if (flags.json) console.log(JSON.stringify({ archives: added, failed: failed.map(failureJson) }, null, 2));
    if (stopping.signal.aborted) console.error('Stopped; what was read is kept, and the same command goes on.');
    if (failed.length > 0) throw failureOf(failed);

    async function addFound({ archive, formats }: Found): Promise<void> {
      for (const remark of archive.remarks) console.error(`Note: ${remark}`);
      for (const format of formats) {
        if (stopping.signal.aborted) return;
        try {
          added.push(await addOne(store, { persona, archive, format, flags, signal: stopping.signal }));
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          failed.push({ name: archive.name, error });
        }
      }
    }
  });
}

interface Adding {
  readonly persona: string;
  readonly archive: Found['archive'];
  readonly format: Format;
  readonly flags: AddFlags;
  readonly signal: AbortSignal;
}

async function addOne(store: Store, { persona, archive, format, flags, signal }: Adding): Promise<Added> {
  const me = await whose(archive, format, flags);
  const progress = progressOn(process.stderr, `${path.basename(archive.name)}, ${format.name}`);
  const imported = await importArchive(
    store,
    {
      persona,
      corpus: flags.author === undefined ? MINE : slug(flags.author),
      licence: flags.licence ?? (flags.author === undefined ? undefined : 'unknown'),
      archive,
      format,
      me,
      includePrivate: flags.include === 'private',
      hints: {
        zone: flags.zone,
        dates: flags.dates === undefined ? undefined : DATES[flags.dates],
        tagsAsTalk: flags.tagsAsTalk,
      },
      now: new Date(),
    },
    {
      signal,
      onResume: ({ bytesRead, posts, goesOn }) => {
        const how = goesOn
          ? `it goes on there, after ${posts.toLocaleString('en')} posts`
          : `it is read from its beginning, and of ${posts.toLocaleString('en')} posts that are there none is stored again`;
        tell(
          progress,
          `${path.basename(archive.name)}, ${format.name}: stopped before at ${inUnits(bytesRead)}; ${how}`,
        );
      },
      onProgress: (reading: Progress) => progress.report(reading),
      onOmission: ({ omitted, place }) => {
        if (flags.verbose) tell(progress, `left out (${omitted}): ${place}`);
      },
    },
  );
  progress.clear();
  const summary = (await readArchives(store, { id: imported.archiveId }))[0];
  if (!summary) throw new Error(`The archive ${imported.archiveId} is gone`);
  if (!flags.json) console.log(inWords(summary, imported).join('\n'));
  return { ...summary, added: imported.added };
}

/** All by which the owner is known; asked for where neither the export nor a flag says. */
async function whose(archive: Found['archive'], format: Format, { me = [], author }: AddFlags): Promise<string[]> {
  const known = [...new Set([...(author === undefined ? [] : [author]), ...me, ...(await format.owner(archive))])];
  if (known.length > 0) return known;
  const suggestions = await suggestOwners(format, archive);
  if (process.stdin.isTTY && process.stderr.isTTY) return askWhose(`${archive.name} (${format.name})`, suggestions);
  const found = suggestions.length > 0 ? `: its authors are ${suggestions.join(', ')}` : '';
  throw new UserError(`${archive.name} (${format.name}): expected to be told who you are in it${found}`, {
    hint: 'Say which is you with --me NAME, or whose texts these are with --author NAME',
  });
}

/** What is left out by these rules a person may mend, and read again. */
const DAMAGE = [
  'unreadable',
  'encrypted',
  'cut off',
  'took too long',
  'longer than 16 MB',
  CUT,
  CUT_MAIL,
  'missing part',
];

function inWords({ format, name }: ArchiveSummary, { added, read, omissions, places, isFinished }: Imported): string[] {
  const number = (count: number) => count.toLocaleString('en');
  const leftOut = Object.entries(omissions).sort((a, b) => b[1] - a[1]);
  const known = read.mine + read.others - added;
  const placeAmong = (rule: string) => {
    const others = (omissions[rule] ?? 1) - 1;
    return `${places[rule]}${others > 0 ? `, and ${number(others)} more (--verbose names them)` : ''}`;
  };
  return [
    [
      `${name}, ${format}: ${number(added)} new`,
      ...(known > 0 ? [`, ${number(known)} known before`] : []),
      `; ${number(read.mine)} of yours`,
      ...(read.others > 0 ? [`, ${number(read.others)} of others as their context`] : []),
      ...(isFinished ? [] : [' (not read to its end)']),
    ].join(''),
    ...(leftOut.length > 0
      ? [`  left out: ${leftOut.map(([rule, count]) => `${number(count)} ${rule}`).join(', ')}`]
      : []),
    ...DAMAGE.flatMap((rule) => (places[rule] === undefined ? [] : [`  ${rule}: ${placeAmong(rule)}`])),
    ...(omissions.private ? ['  private messages stay out unless you say --include private'] : []),
    ...(read.mine === 0 && (omissions[NOTHING_MINE] || omissions['by another'])
      ? ['  nothing in it is yours: was it read for the right --me?']
      : []),
  ];
}

function tell(progress: ProgressReport, line: string): void {
  progress.clear();
  console.error(line);
}

function slug(author: string): string {
  const name = author
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  if (name === '' || name === MINE || name === CONVERSATIONS) {
    throw new UserError(
      `--author: expected a name with letters from a to z, and not that of the persona's own corpora (${MINE}, ${CONVERSATIONS}); found "${author}"`,
    );
  }
  return name;
}

function failureJson({ name, error }: Failed) {
  return { name, error: error.message, hint: error.hint ?? null };
}

function failureOf(failed: readonly Failed[]): UserError {
  const [first, ...others] = failed.map(({ error }) => error);
  if (first && others.length === 0) return first;
  return new UserError(failed.map(({ error }) => error.message).join('\n'), { hint: first?.hint ?? '' });
}
