import { Command, InvalidArgumentError } from 'commander';
import type { TimelinePost } from '../publishing/local.ts';

interface TimelineFlags {
  readonly say?: string;
  readonly as?: string;
  readonly replyTo?: string;
  readonly limit: number;
  readonly follow?: true;
  readonly json?: true;
}

export function timelineCommand(): Command {
  return new Command('timeline')
    .description('What was posted on the local network, newest last')
    .argument('[persona]', 'only the posts of this persona')
    .option('--limit <count>', 'only the newest so many', count, 20)
    .option('--follow', 'stay, and show what is posted from now on')
    .option('--json', 'every post, as one JSON array; with --follow as JSON lines')
    .option('--say <text>', 'say something there yourself: a persona that is named, as @ambrose, may answer')
    .option('--as <name>', 'the name that you say it under', visitorName)
    .option('--reply-to <url>', 'the post that it answers')
    .addHelpText(
      'after',
      '\nExamples:\n  eidolon timeline ambrose --follow\n  eidolon timeline --say "@ambrose What is hope?" --as bob\n  eidolon timeline --say "And fear?" --as bob --reply-to local:ambrose/3',
    )
    .action((persona: string | undefined, flags: TimelineFlags, command: Command) => {
      const { say, as, replyTo } = flags;
      if (say === undefined && (as !== undefined || replyTo !== undefined)) {
        command.error('error: --as and --reply-to go with --say');
      }
      if (say === undefined) return timeline(persona, flags);
      if (as === undefined) command.error('error: --say wants a name to say it under: --as bob');
      if (say.trim() === '') command.error('error: --say wants something to say');
      if (persona !== undefined)
        command.error(`error: --say goes without a persona: name it in the text, as @${persona}`);
      return sayAs({ ...flags, say, as });
    });
}

function count(value: string): number {
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('expected a number, such as 20');
}

function visitorName(value: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,31}$/i.test(value)) return value;
  throw new InvalidArgumentError('expected letters, digits and hyphens, such as bob');
}

async function sayAs({ say: text, as, replyTo, json }: TimelineFlags & { say: string; as: string }): Promise<void> {
  const { existsSync } = await import('node:fs');
  const path = await import('node:path');
  const { withStore } = await import('./with-store.ts');
  const { say } = await import('../publishing/local.ts');
  const { UserError } = await import('../errors.ts');
  const { zones } = await import('./zones.ts');
  await withStore(async (store, home) => {
    if (existsSync(path.join(home, 'personas', as))) {
      throw new UserError(`${as} is a persona: it speaks for itself`, { hint: 'Take another name: --as bob' });
    }
    const post = await say(store, { name: as, text, inReplyTo: replyTo, now: new Date() });
    if (json) console.log(JSON.stringify(post));
    else (await printer(zones(home)))(post);
  });
}

/** How often the store is looked at for new posts. */
const FOLLOW_MS = 1000;

async function timeline(persona: string | undefined, { limit, follow, json }: TimelineFlags): Promise<void> {
  const { setTimeout } = await import('node:timers/promises');
  const { withStore } = await import('./with-store.ts');
  const { readTimeline } = await import('../publishing/local.ts');
  const { zones } = await import('./zones.ts');

  await withStore(async (store, home) => {
    const posts = await readTimeline(store, persona);
    if (posts.length === 0) await refuseUnknown(home, persona);
    if (posts.length === 0 && !json) console.log('Nothing is posted yet.');
    const show = json ? (post: TimelinePost) => console.log(JSON.stringify(post)) : await printer(zones(home));
    if (json && !follow) console.log(JSON.stringify(posts, null, 2));
    else for (const post of posts.slice(json ? 0 : -limit)) show(post);

    for (let last = posts.at(-1)?.id ?? 0; follow; ) {
      await setTimeout(FOLLOW_MS);
      for (const post of await readTimeline(store, persona, last)) {
        show(post);
        last = post.id;
      }
    }
  });
}

async function refuseUnknown(home: string, persona: string | undefined): Promise<void> {
  const { existsSync } = await import('node:fs');
  const path = await import('node:path');
  const { UserError } = await import('../errors.ts');
  if (persona === undefined || existsSync(path.join(home, 'personas', persona))) return;
  throw new UserError(`No persona "${persona}" in ${path.join(home, 'personas')}`, {
    hint: 'See: eidolon persona list',
  });
}

async function printer(zoneOf: (persona: string) => string): Promise<(post: TimelinePost) => void> {
  const { styleText } = await import('node:util');
  const { moment } = await import('../review/moment.ts');
  const { apart, printable } = await import('../review/printable.ts');
  const { indented, textWidth } = await import('./draft-lines.ts');
  return ({ persona, text, url, publishedAt, inReplyTo }) => {
    const width = textWidth();
    const name = `${styleText('bold', persona)}  ${styleText('dim', moment(publishedAt, new Date(), zoneOf(persona)))}`;
    const reply =
      inReplyTo === null ? [] : [styleText('dim', `  in reply to ${printable(inReplyTo, { oneLine: true })}`)];
    const lines = [...apart(name, styleText('dim', url), width), ...reply, ...indented(text, width), ''];
    console.log(lines.join('\n'));
  };
}
