import path from 'node:path';
import { UserError } from '../errors.ts';
import { loadPersona } from '../persona/load-persona.ts';
import { pictureNamed } from '../persona/pictures.ts';
import { getDraft } from '../queue/draft.ts';
import type { Store } from '../store/store.ts';

/** A draft that waits goes out with these pictures of its persona's folder, in this order; without names, with what it had. */
export async function putPictures(
  store: Store,
  home: string,
  draftId: number,
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return;
  const draft = await getDraft(store, draftId);
  if (draft.status !== 'pending') {
    throw new UserError(`Draft ${draftId} is ${draft.status}: expected one that waits, for a picture`, {
      hint: `Take the decision back first: eidolon queue undo ${draftId}`,
    });
  }
  const { folder } = loadPersona(path.join(home, 'personas', draft.persona));
  const media = names.map((name) => pictureNamed(folder, name));
  const options = JSON.stringify({ ...draft.options, media });
  await store.db.updateTable('drafts').set({ options }).where('id', '=', draftId).execute();
}
