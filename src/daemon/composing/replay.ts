/** Makes the candidates of a stored call to the model again, to show that a text came from this model and nowhere else. */

import type { ModelHost } from '../../host/host-calls.ts';
import { folderNamed } from '../../learning/adapter/model-of.ts';
import { checkedHash } from '../../model/model-hash.ts';
import type { RoundStory } from '../../publishing/story.ts';

export interface Replay {
  readonly roundId: number;
  readonly recordedHash: string;
  /** Of the model as it is now; when it differs from the recorded one, so may the texts. */
  readonly modelHash: string;
  /** Where its weights in the bits that wrote were made again, and are others: so may the texts be. */
  readonly hasOtherBits?: true;
  readonly candidates: readonly {
    readonly id: number;
    readonly seed: number;
    readonly isSame: boolean;
    /** What the model writes now. */
    readonly text: string;
  }[];
}

export async function replay(host: ModelHost, home: string, persona: string, round: RoundStory): Promise<Replay> {
  const { allow: _, address: __, ...request } = round.request; // tidying came after: what the model wrote is compared
  const folder = folderNamed(home, persona, round.model);
  const { bits, bitsHash, ...others } = request;
  // Of another model, there may be no such precision: it is asked as it comes.
  const isSame = bits !== undefined && (await checkedHash(folder)) === round.modelHash;
  const { model, generated } = await host.generate({ folder, ...others, ...(isSame && { bits }) });
  const isWritten = ({ found }: RoundStory['candidates'][number]) => (found?.skill ?? 'generate') === 'generate';
  const ownCandidates = round.candidates.filter((one) => one.roundId === round.id && isWritten(one));
  const hasOtherBits = isSame && bitsHash !== undefined && model.bitsHash !== bitsHash;
  const bySeed = new Map(generated.map((row) => [row.seed, row.text]));
  return {
    roundId: round.id,
    recordedHash: round.modelHash,
    modelHash: model.hash,
    ...(hasOtherBits && { hasOtherBits }),
    candidates: ownCandidates.map(({ id, seed, rawText }) => {
      const text = bySeed.get(seed) ?? '';
      return { id, seed, isSame: text === rawText, text };
    }),
  };
}
