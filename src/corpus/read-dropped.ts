import { existsSync } from 'node:fs';
import { z } from 'zod';
import type { Dropped } from './build-corpus.ts';
import { textLines } from './text-lines.ts';

const droppedSchema = z.object({ id: z.string(), rule: z.string(), text: z.string(), like: z.string().optional() });

/** What the last `corpus build` left out, in its order; nothing where there was none. */
export function* readDropped(file: string): Generator<Dropped> {
  if (!existsSync(file)) return;
  for (const { text } of textLines(file)) {
    const { like, ...dropped } = droppedSchema.parse(JSON.parse(text));
    yield { ...dropped, ...(like !== undefined && { like }) };
  }
}
