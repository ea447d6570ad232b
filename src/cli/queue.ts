/** The queue for programs and for short answers; `eidolon review` is for reading and deciding. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Draft } from '../queue/draft.ts';
import type { Store } from '../store/store.ts';
import { STATUSES, type Status } from '../store/tables.ts';
import type { AddFlags } from './queue-add.ts';

export function queueCommand(): Command {
  return new Command('queue')
    .description('Drafts and what became of them')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(showCommand())
    .addCommand(addCommand())
    .addCommand(approveCommand())
    .addCommand(rejectCommand())
    .addCommand(editCommand())
    .addCommand(undoCommand())
    .addCommand(settleCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('Drafts, soonest slot first')
    .option('--persona <name>', 'only of this persona')
    .addOption(new Option('--status <status>', 'only with this status').choices(STATUSES))
    .option('--json', 'every draft, as one JSON array')
    .addHelpText('after', '\nExample:\n  eidolon queue list --persona ambrose --status pending --json')
    .action(list);
}

function showCommand(): Command {
  return new Command('show')
    .description('A draft with its candidates, and what each gate and feature said')
    .argument('<id>', 'of the draft', draftId)
    .option('--json', 'as one JSON document')
    .addHelpText('after', '\nExample:\n  eidolon queue show 12')
    .action(show);
}

function addCommand(): Command {
  return new Command('add')
    .description('Put your own words, or posts of your archive, into the queue and schedule of a persona')
    .argument('<persona>', 'who posts it')
    .argument('[text]', 'your words (default: --file, or stdin)')
    .option('--file <file>', 'your words are in this file; - for stdin')
    .option(
      '--at <time>',
      'not before: "2026-12-01 09:00" or "09:00" in its time zone, or with an offset (default: the next free slot)',
    )
    .addOption(pictureOption())
    .option('--warning <text>', 'a content warning')
    .addOption(new Option('--visibility <who>', 'who sees it').choices(['public', 'unlisted', 'followers', 'direct']))
    .option('--language <tag>', 'its language, such as en')
    .option('--pending', 'leave your words for review, instead of approving them')
    .addOption(
      new Option('--from <source>', 'posts of the archive instead: own, public ones, each once').choices(['archive']),
    )
    .option('--service <name>', 'from the archive: only of this service, such as x')
    .option('--since <date>', 'from the archive: only from this day on, such as 2019-01-01')
    .option('--until <date>', 'from the archive: only before this day')
    .option('--match <words>', 'from the archive: only those that hold these words')
    .addOption(
      new Option('--order <order>', 'from the archive').choices(['oldest', 'newest', 'random']).default('oldest'),
    )
    .option('--count <n>', 'from the archive: how many', draftId, 1)
    .option('--approve', 'from the archive: approve them, instead of leaving them for review')
    .option('--json', 'the drafts as they are now')
    .addHelpText(
      'after',
      `
Your words are approved, for you wrote them; posts of the archive wait for review. Both go out in the persona's schedule.

Examples:
  eidolon queue add ada "Hope is a debt." --at "2026-12-01 09:00"
  eidolon queue add ada --from archive --service x --since 2019-01-01 --count 5`,
    )
    .action(async (persona: string, text: string | undefined, flags: AddFlags, command: Command) => {
      if (flags.from && (text !== undefined || flags.file)) command.error('error: --from archive goes without a text');
      if (text !== undefined && flags.file) command.error('error: --file goes without a text');
      const { addToQueue } = await import('./queue-add.ts');
      await addToQueue(persona, text, flags);
    });
}

function approveCommand(): Command {
  return new Command('approve')
    .description('Approve drafts: each is published at its slot, once the time to undo is over')
    .argument('<ids...>', 'of the drafts', draftIds)
    .option('--candidate <id>', 'which of its candidates (default: the first)', draftId)
    .addOption(pictureOption())
    .option('--json', 'the drafts as they are now')
    .addHelpText(
      'after',
      '\nExamples:\n  eidolon queue approve 12 --candidate 34\n  eidolon queue approve 12 --picture cat.png',
    )
    .action((ids: readonly number[], { candidate, picture = [], json }: ApproveFlags, command: Command) => {
      if (candidate !== undefined && ids.length > 1) command.error('error: --candidate goes with one draft');
      if (picture.length > 0 && ids.length > 1) command.error('error: --picture goes with one draft');
      return decideAll(ids, json, async (inside, id, home) => {
        const { approveOnTerms } = await import('./approve-on-terms.ts');
        const { putPictures } = await import('./draft-pictures.ts');
        await putPictures(inside, home, id, picture);
        return approveOnTerms(inside, home, { draftId: id, candidateId: candidate, now: new Date() });
      });
    });
}

function rejectCommand(): Command {
  return new Command('reject')
    .description('Reject drafts')
    .argument('<ids...>', 'of the drafts', draftIds)
    .option('--reason <text>', 'why: eidolon learns from it')
    .option('--json', 'the drafts as they are now')
    .addHelpText('after', '\nExample:\n  eidolon queue reject 12 13 --reason "stale joke"')
    .action((ids: readonly number[], { reason, json }: RejectFlags) =>
      decideAll(ids, json, async (inside, id) => {
        const { reject } = await import('../review/decide.ts');
        return reject(inside, { draftId: id, reason, now: new Date() });
      }),
    );
}

function editCommand(): Command {
  return new Command('edit')
    .description('Approve a draft in your own words; one that is posted is put into other words where its network can')
    .argument('<id>', 'of the draft', draftId)
    .option('--text <text>', 'the words (default: opens $EDITOR)')
    .option('--candidate <id>', 'which candidate they come from (default: the first)', draftId)
    .addOption(pictureOption())
    .option('--json', 'the draft as it is now')
    .addHelpText(
      'after',
      '\nExample:\n  eidolon queue edit 12 --text "HOPE, n. Desire and expectation rolled into one."',
    )
    .action(edit);
}

function undoCommand(): Command {
  return new Command('undo')
    .description('Take back the newest decision on drafts; what is posted already is deleted from its network')
    .argument('<ids...>', 'of the drafts', draftIds)
    .option('--yes', 'delete what is posted without asking')
    .option('--json', 'the drafts as they are now')
    .addHelpText('after', '\nExample:\n  eidolon queue undo 12')
    .action(async (ids: readonly number[], { yes = false, json }: UndoFlags) => {
      const { takeBackPosted } = await import('./posted.ts');
      const removed = await takeBackPosted(ids, yes);
      return decideAll(ids, json, async (inside, id) => {
        const { getDraft } = await import('../queue/draft.ts');
        if (removed.has(id)) return getDraft(inside, id);
        const { undo } = await import('../review/decide.ts');
        return undo(inside, { draftId: id, now: new Date() });
      });
    });
}

function settleCommand(): Command {
  return new Command('settle')
    .description('Say whether a draft was posted, where the program cannot tell')
    .argument('<id>', 'of the draft', draftId)
    .addOption(new Option('--posted [url]', 'it is there, perhaps at this address').conflicts('notPosted'))
    .option('--not-posted', 'it is not there: it is sent again')
    .option('--json', 'the draft as it is now')
    .addHelpText('after', '\nExample:\n  eidolon queue settle 12 --posted https://example.social/@ada/109')
    .action((id: number, { posted, notPosted, json }: SettleFlags, command: Command) => {
      if (!posted && !notPosted) return command.error('error: expected --posted or --not-posted');
      return decideAll([id], json, async (inside, _, home) => {
        const { settleOnTerms } = await import('./approve-on-terms.ts');
        const url = typeof posted === 'string' ? posted : undefined;
        return settleOnTerms(inside, home, {
          draftId: id,
          was: posted ? 'posted' : 'not posted',
          url,
          now: new Date(),
        });
      });
    });
}

interface JsonFlag {
  readonly json?: true;
}
interface UndoFlags extends JsonFlag {
  readonly yes?: boolean;
}
interface ListFlags extends JsonFlag {
  readonly persona?: string;
  readonly status?: Status;
}
interface ApproveFlags extends JsonFlag {
  readonly candidate?: number;
  readonly picture?: readonly string[];
}
interface RejectFlags extends JsonFlag {
  readonly reason?: string;
}
interface SettleFlags extends JsonFlag {
  readonly posted?: true | string;
  readonly notPosted?: true;
}
interface EditFlags extends ApproveFlags {
  readonly text?: string;
}

/** May be said several times. */
function pictureOption(): Option {
  return new Option('--picture <name>', 'of its folder pictures/, with what it shows in alt.txt there').argParser(
    (name: string, names: readonly string[] = []) => [...names, name],
  );
}

function draftId(value: string): number {
  if (/^[1-9]\d{0,14}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('expected a number, such as 12');
}

function draftIds(value: string, earlier: readonly number[] = []): readonly number[] {
  return [...new Set([...earlier, draftId(value)])];
}

async function list({ persona, status, json }: ListFlags): Promise<void> {
  const { withStore } = await import('./with-store.ts');
  const { draftJson, listDrafts } = await import('../queue/draft.ts');
  await withStore(async (store, home) => {
    const drafts = await listDrafts(store, { persona, status });
    if (json) return print(drafts.map(draftJson));

    const { draftInBrief, textWidth } = await import('./draft-lines.ts');
    const { zones } = await import('./zones.ts');
    const look = { now: new Date(), width: textWidth(), zoneOf: zones(home) };
    const isOver = (draft: Draft) => status === undefined && OVER.includes(draft.status);
    const open = drafts.filter((draft) => !isOver(draft));
    if (drafts.length === 0) console.log('No drafts. eidolon start writes them.');
    for (const draft of open) console.log(draftInBrief(draft, look).join('\n'));
    const over = drafts.length - open.length;
    if (over > 0) console.log(`${over} more ${over === 1 ? 'is' : 'are'} over: see --status ${OVER.join(', ')}`);
  });
}

/** In the list for people these are only counted: after a year they are thousands. */
const OVER: readonly Status[] = ['published', 'rejected', 'expired'];

async function show(id: number, { json }: JsonFlag): Promise<void> {
  const { withStore } = await import('./with-store.ts');
  const { getDraft } = await import('../queue/draft.ts');
  await withStore(async (store, home) => {
    const draft = await getDraft(store, id);
    const { answeredBy } = await import('../listening/answered-by.ts');
    const answered = (await answeredBy(store, [id])).get(id);
    if (json) return print({ ...draft, ...(answered && { answered }) });
    const { draftInFull, textWidth } = await import('./draft-lines.ts');
    const { zones } = await import('./zones.ts');
    const look = { now: new Date(), width: textWidth(), zoneOf: zones(home) };
    console.log(draftInFull(draft, look, answered).join('\n'));
  });
}

async function edit(id: number, { text, candidate, picture = [], json }: EditFlags): Promise<void> {
  const words = text ?? (await wordsFromEditor(id, candidate));
  if (words === null) {
    console.error('Left as it was: nothing is decided.');
    return;
  }
  const { editIfPosted } = await import('./posted.ts');
  const isEdited = picture.length === 0 && (await editIfPosted(id, words));
  await decideAll([id], json, async (inside, _, home) => {
    if (isEdited) {
      const { getDraft } = await import('../queue/draft.ts');
      return getDraft(inside, id);
    }
    const { approveOnTerms } = await import('./approve-on-terms.ts');
    const { putPictures } = await import('./draft-pictures.ts');
    await putPictures(inside, home, id, picture);
    return approveOnTerms(inside, home, { draftId: id, candidateId: candidate, text: words, now: new Date() });
  });
}

async function wordsFromEditor(id: number, candidateId: number | undefined): Promise<string | null> {
  const { UserError } = await import('../errors.ts');
  if (!process.stdin.isTTY) throw new UserError('Without a terminal there is no editor', { hint: 'Use --text' });
  const { withStore } = await import('./with-store.ts');
  const { getDraft } = await import('../queue/draft.ts');
  const { editText } = await import('./edit-text.ts');
  const { text, candidates } = await withStore((store) => getDraft(store, id));
  const candidate = candidates.find((one) => one.id === candidateId) ?? candidates[0];
  return editText((candidateId === undefined ? text : null) ?? candidate?.text ?? '');
}

/** All of them or, when one cannot be, none. The store is not held while anyone thinks. */
async function decideAll(
  ids: readonly number[],
  json: true | undefined,
  decide: (inside: Store, id: number, home: string) => Promise<Draft>,
): Promise<void> {
  const { withStore } = await import('./with-store.ts');
  const { transaction } = await import('../store/store.ts');
  await withStore(async (store, home) => {
    const drafts = await transaction(store, async (inside) => {
      const decided: Draft[] = [];
      for (const id of ids) decided.push(await decide(inside, id, home));
      return decided;
    });
    const { openSchool } = await import('../learning/selector/teach.ts');
    const teach = openSchool(store, home);
    for (const { id, persona } of drafts) {
      try {
        await teach(persona, id);
      } catch (error) {
        console.error(`Draft ${id} is decided, but was not learned from: ${error}`); // what is decided stands
      }
    }
    if (json) {
      const { draftJson } = await import('../queue/draft.ts');
      return print(drafts.map(draftJson));
    }
    const { statusSentence } = await import('../review/status-sentence.ts');
    const { zones } = await import('./zones.ts');
    const zoneOf = zones(home);
    for (const draft of drafts) {
      console.log(`Draft ${draft.id} ${statusSentence(draft, new Date(), zoneOf(draft.persona))}`);
    }
  });
}

function print(document: unknown): void {
  console.log(JSON.stringify(document, null, 2));
}
