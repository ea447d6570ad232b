import path from 'node:path';
import { loadPersona } from '../persona/load-persona.ts';
import { lengthComplaint } from '../publishing/post-length.ts';
import { type Draft, getDraft } from '../queue/draft.ts';
import { type Approval, approve } from '../review/decide.ts';
import { type Settlement, settle } from '../review/settle.ts';
import type { Store } from '../store/store.ts';

/** Approves as persona.yaml has it: its time to undo, its limit. Without a readable one nothing is approved. */
export async function approveOnTerms(
  store: Store,
  home: string,
  approval: Omit<Approval, 'undoMs' | 'maxCharacters' | 'complaint'>,
): Promise<Draft> {
  const draft = await getDraft(store, approval.draftId);
  const persona = loadPersona(path.join(home, 'personas', draft.persona));
  const complaint = await lengthComplaint(store, persona);
  return approve(store, { ...approval, undoMs: persona.undoMs, maxCharacters: persona.length.max, complaint });
}

/** What is not posted can be taken back for as long as any approval, and is then sent anew. */
export async function settleOnTerms(
  store: Store,
  home: string,
  settlement: Omit<Settlement, 'undoMs'>,
): Promise<Draft> {
  const { persona } = await getDraft(store, settlement.draftId);
  const { undoMs } = loadPersona(path.join(home, 'personas', persona));
  return settle(store, { ...settlement, undoMs });
}
