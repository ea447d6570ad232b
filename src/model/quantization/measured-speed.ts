/** How quick a model with fewer bits was on the machine that made it, beside the model it was made from: kept in its folder. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { z } from 'zod';

/** Tokens a second of one text alone, and of eight side by side. */
export interface Speeds {
  readonly alone: number;
  readonly eight: number;
}

const speeds = z.object({ alone: z.number().positive(), eight: z.number().positive() });
const schema = z.object({ processor: z.string(), before: speeds, after: speeds });

const FILE = 'speed.json';

export function keepSpeeds(
  folder: string,
  { before, after }: { readonly before: Speeds; readonly after: Speeds },
): void {
  writeFileSync(path.join(folder, FILE), `${JSON.stringify({ processor: processor(), before, after }, null, 2)}\n`);
}

/** How many times as quick as the model it was made from; nothing where that was not measured on such a processor. */
export function measuredGain(folder: string): Speeds | undefined {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path.join(folder, FILE), 'utf8'));
  } catch {
    return undefined;
  }
  const { data } = schema.safeParse(json);
  if (data?.processor !== processor()) return undefined;
  return { alone: data.after.alone / data.before.alone, eight: data.after.eight / data.before.eight };
}

function processor(): string {
  const all = cpus();
  return `${all.length} × ${all[0]?.model ?? 'unknown'}`;
}
