/** `eidolon write queue`: a finished piece becomes a draft, to be approved as any other. */
import path from 'node:path';
import { freeSlot } from '../daemon/free-slot.ts';
import { judgeContext } from '../daemon/judge-context.ts';
import { measureTexts } from '../daemon/measure-texts.ts';
import { startModelHost } from '../daemon/model-host.ts';
import { UserError } from '../errors.ts';
import { createLog } from '../log.ts';
import { loadPersona } from '../persona/load-persona.ts';
import type { Persona } from '../persona/persona.ts';
import { lengthComplaint } from '../publishing/post-length.ts';
import { createDraft } from '../queue/create-draft.ts';
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
      const { draft, failed } = await asDraft(store, { home, persona, text, seed: writing.seed });
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

interface Finished {
  readonly home: string;
  readonly persona: Persona;
  readonly text: string;
  readonly seed: number;
}

/** Judged as any candidate, so that its owner sees what the gates say; none of them stops it. */
async function asDraft(store: Store, { home, persona, text, seed }: Finished) {
  const host = startModelHost(createLog({ level: 'silent' }));
  const now = new Date();
  try {
    const [measured] = await measureTexts({ host, persona, home }, [text]);
    const { hidden, ...likelihoods } = measured!;
    const judged = judge(
      { text, prompt: '', logProbabilities: [], finish: 'end-of-text', ...likelihoods },
      await judgeContext({ store, persona, home }),
    );
    const draft = await createDraft(store, {
      persona: persona.name,
      prompt: null,
      dueAt: await freeSlot({ store, persona, now: () => now, random: Math.random }),
      round: {
        model: persona.model,
        modelHash: hidden.model,
        request: { prompt: '', count: 1, seed, sampling: persona.sampling, allow: persona.allow },
      },
      candidates: [
        {
          text,
          rawText: text,
          tokens: 0,
          logProbability: 0,
          seed,
          kept: true,
          score: judged.score,
          gates: judged.gates,
          features: judged.features,
          hidden,
        },
      ],
      now,
    });
    return { draft, failed: judged.gates.filter(({ passed }) => !passed).map((gate) => gate.name) };
  } finally {
    await host.close();
  }
}
