/** How a corpus was made: what a reader of the file cannot see in it. */
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from '../errors.ts';

const counts = z.record(z.string(), z.number());
const part = z.object({ documents: z.number(), hash: z.string() });

const reportSchema = z.object({
  corpus: z.string(),
  /** By which names, addresses or ids its owner was recognised. */
  owner: z.array(z.string()),
  licence: z.string().nullable(),
  archives: z.array(
    z.object({
      name: z.string(),
      format: z.string(),
      texts: z.number(),
      /** By rule, what was no text of its owner's when it was read; absent where there was none. */
      leftOut: counts.optional(),
    }),
  ),
  settings: z.object({
    languages: z.array(z.string()),
    cleaning: z.record(z.string(), z.string()),
    personalData: z.string(),
  }),
  read: z.number(),
  documents: z.number(),
  /** How many texts each rule changed, and how many it dropped. */
  changed: counts,
  dropped: counts,
  parts: z.object({ train: part, validation: part, test: part }),
});
export type CorpusReport = z.output<typeof reportSchema>;

/** Undefined where the corpus was not made by `corpus build`. */
export function readReport(file: string): CorpusReport | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return reportSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new UserError(`${file}: expected the report of a corpus, found something else`, {
      hint: 'Build the corpus again: eidolon corpus build PERSONA',
      cause,
    });
  }
}
