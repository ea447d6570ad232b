/** What a voice writes to be compared: from the persona's openings, with the same seeds for every voice. */
import { generate } from '../../generation/generate.ts';
import { tidy } from '../../generation/tidy.ts';
import type { Finish } from '../../generation/written-row.ts';
import { openModel } from '../../model/model.ts';
import type { Persona } from '../../persona/persona.ts';

export interface VoiceSample {
  readonly prompt: string;
  /** Tidied, opening included. */
  readonly text: string;
  /** Of the text as written, without the opening. */
  readonly tokens: readonly number[];
  readonly logProbabilities: readonly number[];
  readonly finish: Finish;
}

const AT_ONCE = 32;

export async function voiceSamples(
  folder: string,
  { prompts, sampling, length, allow }: Persona,
  { count, seed }: { readonly count: number; readonly seed: number },
): Promise<VoiceSample[]> {
  const taken = (prompts.length > 0 ? prompts : ['']).slice(0, Math.ceil(count / 8));
  const model = await openModel(folder);
  const samples: VoiceSample[] = [];
  try {
    for (const [turn, prompt] of taken.entries()) {
      let rows = Math.ceil((count - samples.length) / (taken.length - turn));
      for (; rows > 0; rows -= AT_ONCE) {
        const request = { prompt, count: Math.min(rows, AT_ONCE), seed: seed + samples.length, sampling };
        const written = await generate(model, { ...request, maxCharacters: length.max });
        for (const { text, logProbabilities, finish } of written) {
          const tokens = model.tokenizer.encode(text.slice(prompt.length));
          samples.push({ prompt, text: tidy(text, allow, finish), tokens, logProbabilities, finish });
        }
      }
    }
    return samples;
  } finally {
    await model.network.release();
  }
}
