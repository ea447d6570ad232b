/** In characters: about what GPT-2 reads at once. Up to twice that, a text stays whole. */
const PIECE = 4000;

/** A long text in pieces, cut between paragraphs, else between lines or sentences; a short one as it is. */
export function cutText(text: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  while (text.length - start > 2 * PIECE) {
    const end = start + lengthOfPiece(text.slice(start, start + PIECE));
    pieces.push(text.slice(start, end).trim());
    start = end;
  }
  pieces.push(text.slice(start).trim());
  return pieces.filter((piece) => piece !== '');
}

/** At least half of the piece, so that whatever the text is, there is an end. */
function lengthOfPiece(piece: string): number {
  const ends = [
    piece.lastIndexOf('\n\n'),
    piece.lastIndexOf('\n'),
    piece.lastIndexOf('. ') + 1,
    piece.lastIndexOf(' '),
  ];
  const end = ends.find((at) => at >= PIECE / 2) ?? piece.length;
  return /[\ud800-\udbff]$/.test(piece.slice(0, end)) ? end - 1 : end;
}
