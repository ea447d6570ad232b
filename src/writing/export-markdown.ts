/** A piece with its provenance as Markdown: the model's words plain, the others' set apart, and below who wrote how much. */
import { modelsIn, shareLines } from './credits.ts';
import { type Segment, statement, type Writer } from './provenance.ts';

export interface Exported {
  readonly segments: readonly Segment[];
  /** Whether the log is whole, so that it proves what the statement says. */
  readonly isProven: boolean;
}

const MARKS: Readonly<Record<Writer, string>> = { model: '', prompt: '*', person: '**', edited: '***' };
const LEGEND =
  'Plain: written by a model. *Italic*: the prompt. **Bold**: typed by a person. ***Bold italic***: put in by a person while editing.';

export function markdownOf({ segments, isProven }: Exported): string {
  const said = statement(segments, isProven);
  return [
    asParagraphs(segments.map(marked).join('')),
    '---',
    LEGEND,
    shareLines(segments)
      .map((line) => `- ${line}`)
      .join('\n'),
    modelsIn(segments)
      .map((line) => `- ${line}`)
      .join('\n'),
    said ?? '',
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

/** Emphasis cannot begin or end with a space, nor go on over a line end. */
function marked({ text, origin }: Segment): string {
  const mark = MARKS[origin.by];
  return text
    .split(/(\n)/)
    .map((line) =>
      line.replace(/^(\s*)(.*?)(\s*)$/su, (_, before, words, behind) => {
        return words === '' ? before + behind : `${before}${mark}${escaped(words)}${mark}${behind}`;
      }),
    )
    .join('');
}

/** What would be read as markup, here or at the beginning of a line. */
function escaped(words: string): string {
  return words.replace(/[\\`*_{}[\]<>#|~!&]/g, '\\$&').replace(/^(\s*)([-+]|\d+[.)])(?=\s|$)/, '$1\\$2');
}

/** A single line end is one in the text: two spaces before it keep it. */
function asParagraphs(text: string): string {
  return text.replace(/(?<!\n)\n(?!\n)/g, '  \n');
}
