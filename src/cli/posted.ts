/** Taking back and editing what is posted already: the network is asked, outside of any transaction. */
import path from 'node:path';
import { loadEnvironment } from '../environment.ts';
import { UserError } from '../errors.ts';
import { loadPersona } from '../persona/load-persona.ts';
import { accountNetwork } from '../publishing/networks.ts';
import { lengthComplaint } from '../publishing/post-length.ts';
import { editPosted, isPosted, takeBack } from '../publishing/take-back.ts';
import { type Draft, getDraft } from '../queue/draft.ts';
import type { Store } from '../store/store.ts';
import { openAsker } from './asker.ts';
import { withStore } from './with-store.ts';

/** Deletes from their networks those of the drafts that are posted, once their owner has said so. Returns which they were. */
export async function takeBackPosted(ids: readonly number[], yes: boolean): Promise<ReadonlySet<number>> {
  return withStore(async (store, home) => {
    const removed = new Set<number>();
    for (const id of ids) {
      const draft = await getDraft(store, id);
      if (!(await isPosted(store, draft))) continue;
      if (!yes) await askToDelete(draft);
      await takeBack(store, id, await turnOf(store, home, draft));
      removed.add(id);
    }
    return removed;
  });
}

/** Whether it was posted, and is now in these words. */
export async function editIfPosted(id: number, text: string): Promise<boolean> {
  return withStore(async (store, home) => {
    const draft = await getDraft(store, id);
    if (draft.status !== 'published') return false;
    const words = text.toWellFormed().replaceAll(/\r\n?/g, '\n').trim();
    if (words === '') throw new UserError('An empty text cannot be posted', { hint: `eidolon queue undo ${id}` });
    const persona = loadPersona(path.join(home, 'personas', draft.persona));
    const { account, language } = persona;
    const isOne = account.network === 'local' ? account : { ...account, threads: false };
    const wrong = (await lengthComplaint(store, { account: isOne, language }))(words);
    if (wrong !== undefined) throw new UserError(`Draft ${id} is too long: ${wrong}`, { hint: 'Make it shorter' });
    await editPosted(store, id, words, await turnOf(store, home, draft));
    return true;
  });
}

async function turnOf(store: Store, home: string, draft: Draft) {
  loadEnvironment(home);
  const persona = loadPersona(path.join(home, 'personas', draft.persona));
  const now = () => new Date();
  return { network: await accountNetwork({ home, persona, store, now }), now };
}

async function askToDelete({ id, url }: Draft): Promise<void> {
  using asker = openAsker({ json: false });
  const what = `Draft ${id} is posted${url === null ? '' : `: ${url}`}`;
  if (!asker.isTerminal) {
    throw new UserError(`${what}; expected --yes to delete it there`, { hint: `eidolon queue undo ${id} --yes` });
  }
  const said = await asker.ask(`${what}. Delete it there? (y/n)`, 'n');
  if (!/^y(es)?$/i.test(said)) throw new UserError('Nothing was deleted', { hint: `See: eidolon why ${id}` });
}
