/** What was learned of a persona's owner, on disk between one decision and the next: `data/selectors/<persona>.json`. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Evaluation, HeldOut } from './evaluate-selector.ts';
import { SELECTOR_VERSION, type Selector } from './selector.ts';

export interface Learned {
  readonly selector: Selector;
  readonly evaluation: Evaluation | null;
  /** Of the blind decisions, each by a selector that had not seen it: what autonomy is tried on. */
  readonly blind: readonly HeldOut[];
  /** The newest decision that went into it, and how many edits. */
  readonly throughDecision: number;
  readonly edits: number;
  readonly at: string;
}

const column = z.object({ name: z.string(), mean: z.number(), deviation: z.number(), weight: z.number() });
const fileSchema = z.object({
  version: z.literal(SELECTOR_VERSION),
  throughDecision: z.int(),
  edits: z.int(),
  blind: z.array(
    z.object({
      draft: z.int(),
      approved: z.boolean(),
      weight: z.number(),
      blind: z.boolean(),
      probability: z.number(),
    }),
  ),
  at: z.string(),
  selector: z.object({
    version: z.literal(SELECTOR_VERSION),
    decisions: z.int(),
    examples: z.int(),
    ignorance: z.string().nullable(),
    columns: z.array(column),
    constant: z.number(),
    ridge: z.number(),
    basis: z
      .object({ model: z.string(), mean: z.array(z.number()), components: z.array(z.array(z.number())), from: z.int() })
      .nullable(),
    words: z.record(z.string(), z.number()),
    calibration: z.object({ slope: z.number(), shift: z.number() }),
  }),
  evaluation: z
    .custom<Evaluation>((value) => typeof value === 'object' && value !== null && 'curve' in value)
    .nullable(),
});

export function learnedFile(home: string, persona: string): string {
  return path.join(home, 'data', 'selectors', `${persona}.json`);
}

/** What is there; `refused` says why what is there cannot be used. Nothing is lost: it is learned anew from the decisions. */
export function readLearned(home: string, persona: string): { readonly learned?: Learned; readonly refused?: string } {
  let text: string;
  try {
    text = readFileSync(learnedFile(home, persona), 'utf8');
  } catch {
    return {};
  }
  try {
    const json: unknown = JSON.parse(text);
    const version = z.object({ version: z.unknown() }).safeParse(json).data?.version;
    if (version !== SELECTOR_VERSION)
      return {
        refused: `the selector on disk has version ${String(version)}, and this eidolon writes version ${SELECTOR_VERSION}`,
      };
    const { version: _, ...learned } = fileSchema.parse(json);
    return { learned };
  } catch {
    return { refused: 'the selector on disk cannot be read' };
  }
}

/** The file is the one of before or the one of now, whatever comes between. */
export function writeLearned(home: string, persona: string, learned: Learned): void {
  const file = learnedFile(home, persona);
  mkdirSync(path.dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}.partial`;
  writeFileSync(partial, JSON.stringify({ version: SELECTOR_VERSION, ...learned }), { mode: 0o600 });
  renameSync(partial, file);
}
