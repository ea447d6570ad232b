/** Candidates as the product writes and judges them, many drafts of them, kept in a file: curators share them, for writing is what takes long. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { generate } from '../../src/generation/generate.ts';
import { tidy } from '../../src/generation/tidy.ts';
import type { Finish } from '../../src/generation/written-row.ts';
import { openModel } from '../../src/model/model.ts';
import type { Persona } from '../../src/persona/persona.ts';

export interface PooledText {
  readonly seed: number;
  readonly rawText: string;
  readonly text: string;
  readonly tokens: number;
  readonly logProbabilities: readonly number[];
  readonly finish: Finish;
}

/** What the model wrote for one slot. */
export interface PooledDraft {
  readonly prompt: string;
  readonly texts: readonly PooledText[];
}

export interface PoolRequest {
  readonly persona: Persona;
  readonly model: string;
  readonly drafts: number;
  /** Of the first text; no two pools may overlap. */
  readonly seed: number;
}

/** Written once, then read: the file is named for all that it depends on. */
export async function pool(
  file: string,
  { persona, model, drafts, seed }: PoolRequest,
): Promise<readonly PooledDraft[]> {
  if (!existsSync(file)) {
    const opened = await openModel(model);
    const written: PooledDraft[] = [];
    try {
      for (let index = 0; index < drafts; index++) {
        const prompt = persona.prompts[index % persona.prompts.length] ?? '';
        const rows = await generate(opened, {
          prompt,
          count: persona.quality.candidates,
          seed: seed + index * persona.quality.candidates,
          sampling: persona.sampling,
          maxCharacters: persona.length.max,
        });
        const texts = rows.map(({ text, logProbabilities, ...rest }) => ({
          ...rest,
          rawText: text,
          text: tidy(text, persona.allow, rest.finish),
          logProbabilities: logProbabilities.map((value) => Math.round(value * 1e4) / 1e4),
        }));
        written.push({ prompt, texts });
      }
    } finally {
      await opened.network.release();
    }
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(`${file}.unfinished`, written.map((draft) => `${JSON.stringify(draft)}\n`).join(''));
    renameSync(`${file}.unfinished`, file);
  }
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line): PooledDraft => JSON.parse(line));
}
