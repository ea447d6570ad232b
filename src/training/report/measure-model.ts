/** What a model needs for texts that it never saw, document by document: through the same graph that later writes. */
import { openModel } from '../../model/model.ts';
import { scoreTokens } from '../../model/score-texts.ts';
import type { TokenDocument } from '../data/token-documents.ts';

/** Nats of each document's own words and its end. */
export async function documentNats(folder: string, documents: readonly TokenDocument[]): Promise<number[]> {
  const model = await openModel(folder);
  try {
    const scores = await scoreTokens(
      model,
      documents.map(({ tokens }) => [...tokens]),
    );
    return scores.map(({ logProbabilities }, index) =>
      logProbabilities
        .subarray(documents[index]!.learnFrom - 1)
        .reduce((nats, logProbability) => nats - logProbability, 0),
    );
  } finally {
    await model.network.release();
  }
}
