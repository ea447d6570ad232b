/**
 * Documents packed into rows of a fixed length without crossing: a document that fits is never cut (best fit: Ding et al.
 * 2024, arXiv 2404.10830), and what stands beside it in a row is hidden from it by the batch's mask.
 */
import type { TokenDocument } from './token-documents.ts';

/** Part of a document: the model reads tokens[start] to tokens[end - 1] and predicts each one's next. */
export interface Piece {
  readonly document: TokenDocument;
  readonly start: number;
  readonly end: number;
}
export type Row = readonly Piece[];

/**
 * The pieces of a document, each of at most `length` positions; one unless it is longer. Where a long one is first cut is drawn,
 * so that another epoch cuts it elsewhere. Of long contexts only the end is kept.
 */
export function piecesOf(document: TokenDocument, length: number, random?: () => number): Piece[] {
  const { tokens, learnFrom } = document;
  const last = tokens.length - 1;
  if (last <= length) return [{ document, start: 0, end: last }];

  const from = Math.min(learnFrom - 1, Math.max(0, last - length));
  const pieces: Piece[] = [];
  const first = random && last - from > length ? 1 + Math.floor(random() * length) : length;
  for (let start = from, end = Math.min(last, from + first); start < last; ) {
    pieces.push({ document, start, end });
    [start, end] = [end, Math.min(last, end + length)];
  }
  return pieces;
}

/** Each piece, in the order given, goes into the row that it fills best, or into a new one. */
export function packRows(pieces: readonly Piece[], length: number): Row[] {
  const rows: Piece[][] = [];
  const withRoom: Piece[][][] = Array.from({ length: length + 1 }, () => []); // by positions left
  for (const piece of pieces) {
    const size = piece.end - piece.start;
    let room = size;
    while (room <= length && withRoom[room]!.length === 0) room++;
    let row = withRoom[room]?.pop();
    if (!row) {
      row = [];
      room = length;
      rows.push(row);
    }
    row.push(piece);
    withRoom[room - size]!.push(row);
  }
  return rows;
}
