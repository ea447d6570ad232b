/** How wide the blocks are that a model is stored in: a few values that are far from the others spoil wide ones. */
import type { Block } from './quantization.ts';

/** Of the bits a byte that the model itself takes: wide blocks may lose so much more, and no narrow ones are tried. */
const MOST_LOSS = 0.001;

/** What was measured on the same texts. */
interface Made {
  readonly before: { readonly bitsPerByte: number };
  readonly after: { readonly bitsPerByte: number };
}

/** Makes the model with the widest blocks first; it ends with those that lose little, or with the narrowest. */
export async function asWideAsCanBe<Kept extends Made>(
  [block, ...narrower]: readonly Block[],
  make: (block: Block) => Promise<Kept>,
): Promise<Kept> {
  if (block === undefined) throw new Error('A model is made in blocks of some width');
  const made = await make(block);
  const isNearEnough = made.after.bitsPerByte <= made.before.bitsPerByte * (1 + MOST_LOSS);
  return isNearEnough || narrower.length === 0 ? made : asWideAsCanBe(narrower, make);
}
