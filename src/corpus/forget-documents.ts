/** Takes documents out of a corpus file: all others stay as they are, and the file is whole at every moment. */
import { z } from 'zod';
import type { Document } from './document.ts';
import { textLines } from './text-lines.ts';
import { writeLines } from './write-documents.ts';

type Named = Partial<Pick<Document, 'id' | 'posts' | 'context'>> & Pick<Document, 'text'>;

/** Removes the documents that `isUnwanted`, and returns them; a file with none of them is not touched. */
export function forgetDocuments(file: string, isUnwanted: (document: Named) => boolean): Named[] {
  const removed: Named[] = [];
  const pieces = () => (file.endsWith('.jsonl') ? jsonPieces(file) : plainPieces(file));
  for (const { document } of pieces()) if (document && isUnwanted(document)) removed.push(document);
  if (removed.length === 0) return removed;
  const kept = pieces().filter(({ document }) => !(document && isUnwanted(document)));
  writeLines(
    file,
    kept.map(({ source }) => `${source}\n`),
  );
  return removed;
}

interface Piece {
  readonly source: string;
  readonly document: Named | undefined;
}

function* jsonPieces(file: string): Generator<Piece> {
  for (const { text: source } of textLines(file)) yield { source, document: parse(source) };
}

const namedSchema = z.object({
  id: z.string().optional().catch(undefined),
  text: z.string(),
  posts: z.array(z.string()).optional().catch(undefined),
  context: z
    .array(z.object({ by: z.enum(['me', 'another']), text: z.string() }))
    .optional()
    .catch(undefined),
});

/** A line that is no document is for whoever reads the corpus to complain of. */
function parse(line: string): Named | undefined {
  try {
    return namedSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function* plainPieces(file: string): Generator<Piece> {
  let paragraph: string[] = [];
  const take = (): Piece => {
    const source = paragraph.join('\n');
    paragraph = [];
    return { source, document: { text: source } };
  };
  for (const { text } of textLines(file)) {
    if (text.trim() !== '') {
      paragraph.push(text);
    } else {
      if (paragraph.length > 0) yield take();
      yield { source: text, document: undefined };
    }
  }
  if (paragraph.length > 0) yield take();
}
