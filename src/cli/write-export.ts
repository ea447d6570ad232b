/** `eidolon write export`: a piece with who wrote what, as Markdown or as a page. */
import { writeLines } from '../corpus/write-documents.ts';
import { home } from '../environment.ts';
import { htmlOf } from '../writing/export-html.ts';
import { markdownOf } from '../writing/export-markdown.ts';
import { sharesOf, statement, textOf } from '../writing/provenance.ts';
import { nodeOf } from '../writing/writing.ts';
import { readPiece } from './read-piece.ts';

export interface ExportFlags {
  readonly node?: number;
  readonly html?: true;
  readonly out?: string;
  readonly json?: true;
}

export function exportPiece(persona: string, name: string, { node, html, out, json }: ExportFlags): void {
  const { writing, changedAt } = readPiece(home(), persona, name);
  const { segments } = nodeOf(writing, node ?? writing.at);
  const exported = { segments, isProven: changedAt === undefined };
  const text = json
    ? `${JSON.stringify({ text: textOf(segments), segments, shares: sharesOf(segments), statement: statement(segments, exported.isProven) }, null, 2)}\n`
    : html
      ? htmlOf(name, exported)
      : markdownOf(exported);
  if (changedAt !== undefined) {
    console.error(
      `Line ${changedAt} of the log does not follow from the one before it: it proves nothing of who wrote what`,
    );
  }
  if (out === undefined) process.stdout.write(text);
  else {
    writeLines(out, [text]);
    console.error(`Written: ${out}`);
  }
}
