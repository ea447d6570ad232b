import { EventEmitter } from 'node:events';
import { Command } from 'commander';
import type { ShellEvents } from './review-loop.ts';

export function reviewCommand(): Command {
  return new Command('review')
    .description('Decide what is posted, draft by draft, at the keyboard')
    .argument('[persona]', 'only the drafts of this persona')
    .option('--explain', 'after each decision, tell what it taught and how that ranks what waits')
    .addHelpText(
      'after',
      `
Keys: 1–5 pick a candidate, e edits it in $EDITOR, m writes more, x rejects, s skips, u undoes, d shows detail, q leaves.
Nothing is published that was not approved here or by eidolon queue approve, or by itself where review: { falseAccepts } lets it.
A quarter of the drafts is blind: no scores, and an order that tells nothing. They show how much was learned (eidolon report).

Example:
  eidolon review ambrose --explain`,
    )
    .action(review);
}

/** How often the store is asked for what the daemon wrote meanwhile. */
const REFRESH_MS = 2000;

async function review(persona: string | undefined, { explain = false }: { readonly explain?: boolean }): Promise<void> {
  const { home } = await import('../environment.ts');
  const { openStore, storeFile } = await import('../store/store.ts');
  const { startModelHost } = await import('../host/model-host.ts');
  const { createLog } = await import('../log.ts');
  const { deviceFile } = await import('../model/device-file.ts');
  const { openTerminal, refuseWithoutTerminal } = await import('./terminal.ts');
  const { reviewDrafts } = await import('./review-loop.ts');

  refuseWithoutTerminal('eidolon review', 'eidolon queue list --json, then eidolon queue approve ID');
  const store = openStore(storeFile(home()));
  const host = startModelHost(createLog({ level: 'silent' }), { deviceFile: deviceFile(home()) }); // a thread only once more candidates are asked for
  const events: ShellEvents = new EventEmitter();
  const terminal = openTerminal({
    onKey: (key) => events.emit('event', { type: 'key', key }),
    onResize: () => events.emit('event', { type: 'redraw' }),
    onEnd: () => events.emit('event', { type: 'leave' }),
  });
  const refreshing = setInterval(() => events.emit('event', { type: 'refresh' }), REFRESH_MS);
  try {
    await reviewDrafts(events, {
      home: home(),
      store,
      host,
      terminal,
      persona,
      explains: explain,
      now: () => new Date(),
    });
  } finally {
    clearInterval(refreshing);
    terminal.close();
    await host.close();
    await store.close();
  }
}
