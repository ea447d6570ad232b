import path from 'node:path';
import { loadPersona } from '../persona/load-persona.ts';
import { type Draft, getDraft } from '../queue/draft.ts';
import { type Approval, approve } from '../review/decide.ts';
import type { Store } from '../store/store.ts';

/** Approves as persona.yaml has it: its time to undo, its limit. Without a readable one nothing is approved. */
export async function approveOnTerms(
  store: Store,
  home: string,
  approval: Omit<Approval, 'undoMs' | 'maxCharacters'>,
): Promise<Draft> {
  const { persona } = await getDraft(store, approval.draftId);
  const { undoMs, length } = loadPersona(path.join(home, 'personas', persona));
  return approve(store, { ...approval, undoMs, maxCharacters: length.max });
}
