/** `eidolon write queue`: a finished piece becomes a draft, to be approved as any other. */
import path from 'node:path';
import { judgeContext } from '../daemon/composing/judge-context.ts';
import { freeSlot } from '../daemon/schedule/free-slot.ts';
import { UserError } from '../errors.ts';
import { loadPersona } from '../persona/load-persona.ts';
import type { Persona } from '../persona/persona.ts';
import { lengthComplaint } from '../publishing/post-length.ts';
import { CO_WRITTEN } from '../queue/draft.ts';
import { createOwnDraft } from '../queue/own-draft.ts';
import { judge } from '../scoring/judge.ts';
import type { Store } from '../store/store.ts';
import { openLog, writingFile } from '../writing/log.ts';
import { textOf } from '../writing/provenance.ts';
import { nodeOf } from '../writing/writing.ts';
import { readPiece } from './read-piece.ts';
import { withStore } from './with-store.ts';

export interface QueueFlags {
  readonly node?: number;
  readonly json?: true;
}

export async function queuePiece(name: string, piece: string, { node: number, json }: QueueFlags): Promise<void> {
  await withStore(async (store, home) => {
    const persona = loadPersona(path.join(home, 'personas', name));
    const { writing } = readPiece(home, persona.name, piece);
    const node = nodeOf(writing, number ?? writing.at);
    const text = textOf(node.segments).trim();
    const earlier = writing.queued.find((one) => one.node === node.id);
    if (earlier) throw new UserError(`This text of ${piece} is draft ${earlier.draft} already`);
    await refuseLength(store, persona, text);

    const log = openLog(writingFile(home, persona.name, piece));
    try {
      const { draft, failed } = await asDraft(store, home, persona, {
        text,
        origin: `${CO_WRITTEN}${piece}/${node.id}`,
      });
      log.append({ do: 'queue', node: node.id, draft }, new Date());
      if (json) console.log(JSON.stringify({ draft, failedGates: failed }, null, 2));
      else {
        console.log(`Draft ${draft} waits for you: eidolon review ${name}`);
        if (failed.length > 0) console.log(`Gates that would have stopped it: ${failed.join(', ')}`);
      }
    } finally {
      log.close();
    }
  });
}

/** What could not be approved need not wait. */
async function refuseLength(store: Store, persona: Persona, text: string): Promise<void> {
  const { min, max } = persona.length;
  const characters = [...text].length;
  if (characters < min || characters > max) {
    throw new UserError(`expected ${min} to ${max} characters, as persona.yaml has it, found ${characters}`, {
      hint: 'Change length in persona.yaml, or shorten the piece',
    });
  }
  const complaint = (await lengthComplaint(store, persona))(text);
  if (complaint === undefined) return;
  throw new UserError(`expected a text that is a post or a thread of few: ${complaint}`, {
    hint: 'A long text becomes a thread where the account has threads in persona.yaml',
  });
}

/** Its owner sees what the gates say; none of them stops it. Nothing is learned from it, for it is no text that a model made by itself. */
async function asDraft(
  store: Store,
  home: string,
  persona: Persona,
  { text, origin }: { readonly text: string; readonly origin: string },
) {
  const now = new Date();
  const context = await judgeContext({ store, persona, home });
  const { gates } = judge({ text, logProbabilities: [], finish: 'end-of-text' }, context);
  const dueAt = await freeSlot({ store, persona, now: () => now, random: Math.random });
  const draft = await createOwnDraft(store, { persona: persona.name, text, origin, dueAt, options: {}, gates, now });
  return { draft, failed: gates.filter(({ passed }) => !passed).map((gate) => gate.name) };
}
