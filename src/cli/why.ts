import { Command } from 'commander';
import type { Replay } from '../daemon/composing/replay.ts';
import type { Story } from '../publishing/story.ts';
import type { Store } from '../store/store.ts';

interface WhyFlags {
  readonly replay?: true;
  readonly json?: true;
}

export function whyCommand(): Command {
  return new Command('why')
    .description('The whole story of a draft or a post, or why a persona is silent')
    .argument('<subject>', "a draft's id, a post's URL, or a persona's name")
    .option('--replay', 'make the same candidates again from what is stored, and compare')
    .option('--json', 'as one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  eidolon why 12 --replay\n  eidolon why local:ambrose/3\n  eidolon why ambrose',
    )
    .action(why);
}

async function why(subject: string, flags: WhyFlags): Promise<void> {
  const { withStore } = await import('./with-store.ts');
  const { draftPublishedAt } = await import('../publishing/story.ts');
  await withStore(async (store, home) => {
    if (/^\d+$/.test(subject)) return tellDraft(store, home, Number(subject), flags);
    if (/^[\w-]+$/.test(subject)) return tellSilence(store, home, subject, flags);
    return tellDraft(store, home, await draftPublishedAt(store, subject), flags);
  });
}

async function tellDraft(store: Store, home: string, id: number, { replay, json }: WhyFlags): Promise<void> {
  const { readStory } = await import('../publishing/story.ts');
  const story = await readStory(store, id);
  const replays = replay ? await replayAll(home, story) : [];
  const next = await nextStep(store, home, story);
  const { answeredBy } = await import('../listening/answered-by.ts');
  const { outcomesOf } = await import('../listening/outcomes.ts');
  const answered = (await answeredBy(store, [id])).get(id);
  const outcomes = await outcomesOf(store, id);
  if (json) {
    return print({ ...story, ...(answered && { answered }), outcomes, next, ...(replay ? { replays } : {}) });
  }

  const { storyLines } = await import('./story-lines.ts');
  const { textWidth } = await import('./draft-lines.ts');
  const { zones } = await import('./zones.ts');
  const look = { now: new Date(), width: textWidth(), zoneOf: zones(home) };
  console.log(storyLines(story, look, { replays, answered, outcomes }).join('\n'));
  if (next !== null) console.log(`\nNext: ${next}`);
}

/** What happens next and when, or what the owner can do; null when all is over. */
async function nextStep(store: Store, home: string, { draft, decisions }: Story): Promise<string | null> {
  const { readStatus } = await import('../daemon/status.ts');
  const status = await readStatus(store, home, new Date());
  const persona = status.personas.find(({ name }) => name === draft.persona);
  switch (draft.status) {
    case 'pending':
      return `decide in eidolon review, or with eidolon queue approve ${draft.id}`;
    case 'failed':
      return `eidolon queue approve ${draft.id} tries again, eidolon queue reject ${draft.id} gives up`;
    case 'approved':
      if (decisions.findLast(({ text }) => text !== null)?.text !== draft.text) {
        return `its text is not the one that was approved, so it is not published; eidolon queue undo ${draft.id}`;
      }
      if (status.daemon === null) return 'nothing goes out until the daemon runs: eidolon start';
      return `${draft.persona}'s next post goes out at ${persona?.nextPost ?? draft.publishAt}`;
    case 'publishing':
    case 'uncertain':
      if (draft.heldAt !== null) return `look on the network, then: eidolon queue settle ${draft.id} --help`;
      return 'the network is asked for it before anything else is published';
    default:
      return null;
  }
}

async function replayAll(home: string, { draft, rounds }: Story): Promise<readonly Replay[]> {
  const { startModelHost } = await import('../host/model-host.ts');
  const { replay } = await import('../daemon/composing/replay.ts');
  const { deviceFile } = await import('../model/device-file.ts');
  const { NO_MODEL } = await import('../queue/own-draft.ts');
  const { createLog } = await import('../log.ts');
  const { deviceOf } = await import('./device-of.ts');
  const host = startModelHost(createLog({ level: 'silent' }), {
    device: deviceOf(home, draft.persona),
    deviceFile: deviceFile(home),
  });
  try {
    const replays: Replay[] = [];
    for (const round of rounds.filter(({ model }) => model !== NO_MODEL))
      replays.push(await replay(host, home, draft.persona, round));
    return replays;
  } finally {
    await host.close();
  }
}

async function tellSilence(store: Store, home: string, name: string, { json }: WhyFlags): Promise<void> {
  const { readStatus } = await import('../daemon/status.ts');
  const { readSilence } = await import('../publishing/story.ts');
  const { UserError } = await import('../errors.ts');
  const now = new Date();
  const { personas } = await readStatus(store, home, now);
  const status = personas.find((persona) => persona.name === name);
  if (!status) throw new UserError(`No persona "${name}" in ${home}/personas`, { hint: 'See: eidolon persona list' });
  const rounds = await readSilence(store, name);
  if (json) return print({ ...status, rounds });

  const { silenceLines } = await import('./story-lines.ts');
  const { textWidth } = await import('./draft-lines.ts');
  const { fromNow, moment } = await import('../review/moment.ts');
  const { zones } = await import('./zones.ts');
  const zoneOf = zones(home);
  const zone = zoneOf(name);
  const when = (time: string) => `${moment(time, now, zone)}, ${fromNow(time, now)}`;
  const { nightLines } = await import('./night-lines.ts');
  const said = [
    status.silence === null ? `${name} is not silent.` : `${name}: ${status.silence}.`,
    status.lastPost === null ? 'It has posted nothing yet.' : `Its last post was ${when(status.lastPost)}.`,
    `Drafts: ${status.pending} to decide, ${status.approved} approved.`,
    ...(status.approved > 0 && status.nextPost !== null ? [`The next goes out ${when(status.nextPost)}.`] : []),
    ...(await rhythm(store, home, name, now)),
    ...nightLines(status, now).map((line) => `${line[0]!.toUpperCase()}${line.slice(1)}.`),
  ].join(' ');
  console.log(silenceLines(said, rounds, { now, width: textWidth(), zoneOf }, zone).join('\n'));
}

function print(document: unknown): void {
  console.log(JSON.stringify(document, null, 2));
}

async function rhythm(store: Store, home: string, name: string, now: Date): Promise<string[]> {
  const { rhythmSentence } = await import('../daemon/schedule/schedule-of.ts');
  const { loadPersonas } = await import('../persona/load-persona.ts');
  const persona = loadPersonas(home).personas.find((one) => one.name === name);
  return persona ? [await rhythmSentence(store, persona, now)] : [];
}
