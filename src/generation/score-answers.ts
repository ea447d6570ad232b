import type { Turn } from '../corpus/document.ts';
import type { Model } from '../model/model.ts';
import { type BeforeBatch, scoreTexts, scoreTokens, type TextScore } from '../model/score-texts.ts';
import { fitDialogue } from './fit-dialogue.ts';

/**
 * How likely each text is as an answer to what was said before; without context, as a text of its own. Log-probabilities
 * are of the text's own tokens alone; the vector is of all that was read.
 */
export async function scoreAnswers(
  model: Model,
  texts: readonly string[],
  context: readonly Turn[] = [],
  beforeBatch?: BeforeBatch,
): Promise<readonly TextScore[]> {
  if (context.length === 0) return scoreTexts(model, texts, beforeBatch);
  const answers = texts.map((text) => model.tokenizer.encode(text));
  const longest = Math.max(0, ...answers.map(({ length }) => length));
  const before = fitDialogue(model.tokenizer, { context, prompt: '' }, model.config.n_positions, longest);
  const scores = await scoreTokens(
    model,
    answers.map((answer) => [...before, ...answer]),
    beforeBatch,
  );
  return scores.map(({ logProbabilities, hidden }) => {
    return { logProbabilities: logProbabilities.subarray(before.length - 1), hidden };
  });
}
