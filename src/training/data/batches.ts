/** The batches of a training, in an order that follows from its seed alone, so that it can resume anywhere. */
import { randomFrom, shuffled } from '../../random.ts';
import type { Batch, BatchShape } from './batch.ts';
import { type Piece, packRows, piecesOf, type Row } from './packing.ts';
import type { TokenDocument } from './token-documents.ts';

/** Documents with their share of the tokens that are read together. */
export interface Ingredient {
  readonly documents: readonly TokenDocument[];
  readonly share: number;
}

/**
 * Rows without end, epoch after epoch. An epoch has as many tokens as all documents together; of a mixture each part has its
 * share of them, its documents in turns of their own: a small corpus with a large share is read more often than a large one.
 */
export function* trainingRows(mixture: readonly Ingredient[], length: number, seed: number): Generator<Row, never> {
  const total = mixture.reduce((sum, { documents }) => sum + tokensOf(documents), 0);
  const shares = mixture.reduce((sum, { share }) => sum + share, 0);
  const readers = mixture.map((part, index) => ({
    next: endlessly(part.documents, randomFrom(seed * 1_000 + index)),
    quota: mixture.length === 1 ? total : (total * part.share) / shares,
    owed: 0, // tokens; a document too many in one epoch is a document less in the next
  }));
  const random = randomFrom(seed);
  for (;;) {
    const pieces: Piece[] = [];
    for (const reader of readers) {
      for (reader.owed += reader.quota; reader.owed > 0; ) {
        const document = reader.next();
        reader.owed -= document.tokens.length - 1;
        pieces.push(...piecesOf(document, length, random));
      }
    }
    yield* shuffled(packRows(shuffled(pieces, random), length), random);
  }
}

/** How many rows one epoch fills: other epochs pack slightly better or worse. */
export function rowsInEpoch(mixture: readonly Ingredient[], length: number): number {
  return packRows(
    mixture.flatMap(({ documents }) => documents.flatMap((document) => piecesOf(document, length))),
    length,
  ).length;
}

/** Every document once, in order; the last batch may have fewer rows than it could. */
export function* heldOutBatches(documents: readonly TokenDocument[], shape: BatchShape): Generator<Batch> {
  const rows = packRows(
    documents.flatMap((document) => piecesOf(document, shape.length)),
    shape.length,
  );
  for (let at = 0; at < rows.length; at += shape.batch) yield batchOf(rows.slice(at, at + shape.batch), shape);
}

/** At 0 the likeliest token is drawn, of which no temperature has a loss: it counts as this. */
const COLDEST = 0.3;

/** What does not fill the shape is padding, which counts nothing. */
export function batchOf(rows: readonly Row[], { batch, length }: BatchShape): Batch {
  const size = batch * length;
  const inputIds = new BigInt64Array(size);
  const labels = new BigInt64Array(size);
  const positions = new BigInt64Array(size);
  const weights = new Float32Array(size);
  const documents = new Int32Array(size).fill(-1);
  const isDrawn = rows.some((row) => row.some(({ document }) => document.temperature !== undefined));
  const sharpness = isDrawn ? new Float32Array(size).fill(1) : undefined;
  for (const [index, row] of rows.entries()) {
    let at = index * length;
    for (const [number, { document, start, end }] of row.entries()) {
      const sharp = 1 / Math.max(COLDEST, document.temperature ?? 1);
      for (let t = start; t < end; t++, at++) {
        inputIds[at] = BigInt(document.tokens[t]!);
        labels[at] = BigInt(document.tokens[t + 1]!);
        positions[at] = BigInt(t - start);
        weights[at] = t + 1 >= document.learnFrom ? 1 : 0;
        documents[at] = number;
        if (sharpness) sharpness[at] = sharp;
      }
    }
  }
  return { inputIds, labels, positions, weights, documents, ...(sharpness && { sharpness }) };
}

function tokensOf(documents: readonly TokenDocument[]): number {
  return documents.reduce((sum, { tokens }) => sum + tokens.length - 1, 0);
}

function endlessly(documents: readonly TokenDocument[], random: () => number): () => TokenDocument {
  let order: readonly TokenDocument[] = [];
  let at = 0;
  return () => {
    if (at === order.length) [order, at] = [shuffled(documents, random), 0];
    return order[at++]!;
  };
}
