/** In what a model's weights may be stored besides as they came: a folder beside the model's own for each. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** Bits of a weight. */
export const FEWER_BITS = [16, 8, 4] as const;
export type FewerBits = (typeof FEWER_BITS)[number];

/** `ada` in 8 bits is `ada-8bit`. */
export const folderOfBits = (folder: string, bits: FewerBits): string => `${path.resolve(folder)}-${bits}bit`;

/** In config.json, what a model with fewer bits was made from. */
export interface Source {
  /** The model's folder, beside this one. */
  readonly name: string;
  /** What that model was then, by `modelHash`. */
  readonly hash: string;
}

const schema = z.looseObject({ quantized_from: z.object({ name: z.string(), hash: z.string() }) });

/** What the model in a folder was made from; nothing where it was made by something else, or is not there. */
export function sourceOf(folder: string): Source | undefined {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8'));
  } catch {
    return undefined;
  }
  return schema.safeParse(json).data?.quantized_from;
}
