/** What a step of training computes on: rows of documents, and who may look at whom in them. */

export interface BatchShape {
  readonly batch: number;
  /** Tokens a row. */
  readonly length: number;
}

/** Rows of equal length, [B·T] row-major: what each position holds, is to predict, and counts in the loss. */
export interface Batch {
  readonly inputIds: BigInt64Array;
  readonly labels: BigInt64Array;
  readonly weights: Float32Array;
  /** What its logits are multiplied by before the loss, 1 / temperature; 1 everywhere where it is left out. */
  readonly sharpness?: Float32Array | undefined;
  /** Within its document. */
  readonly positions: BigInt64Array;
  /** Which document of its row a position belongs to. Padding is -1, and weighs 0. */
  readonly documents: Int32Array;
}

export function sharpnessOf({ sharpness, labels }: Pick<Batch, 'sharpness' | 'labels'>): Float32Array {
  return sharpness ?? new Float32Array(labels.length).fill(1);
}

const BLOCKED = -1e9;

/** Added to the attention scores, [B, 1, T, T]: a token looks at itself and at what stands before it in its document. */
export function attentionBias({ documents }: Pick<Batch, 'documents'>, { batch, length }: BatchShape): Float32Array {
  const bias = new Float32Array(batch * length * length).fill(BLOCKED);
  for (let row = 0; row < batch; row++) {
    for (let at = 0; at < length; at++) {
      const document = documents[row * length + at];
      const line = (row * length + at) * length;
      // Documents lie in one piece, so what is another one ends the look backwards.
      for (let other = at; other >= 0 && documents[row * length + other] === document; other--) bias[line + other] = 0;
    }
  }
  return bias;
}
