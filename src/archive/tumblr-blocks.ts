/** Posts in Tumblr's newer form: blocks of text, pictures and links, and a layout that says which of them a question was. */
import { z } from 'zod';
import { listOf, text } from './loose-fields.ts';

export const blockSchema = z.object({
  type: z.string(),
  subtype: text,
  text,
  question: text,
  answers: listOf(z.object({ answer_text: text })),
});
export const layoutSchema = z.object({
  type: z.string(),
  blocks: listOf(z.number().int()),
  attribution: z
    .object({ blog: z.object({ name: text }).optional() })
    .optional()
    .catch(undefined),
});

type Block = z.output<typeof blockSchema>;
type Layout = z.output<typeof layoutSchema>;

export interface BlockWords {
  readonly own: string;
  /** What another asked, and who: '' for nobody known. */
  readonly question: string;
  readonly asker: string;
}

export function wordsOfBlocks(blocks: readonly Block[], layouts: readonly Layout[]): BlockWords {
  const ask = layouts.find(({ type }) => type === 'ask');
  const asked = new Set(ask?.blocks ?? []);
  return {
    own: joined(blocks.filter((_, index) => !asked.has(index))),
    question: joined(blocks.filter((_, index) => asked.has(index))),
    asker: ask?.attribution?.blog?.name ?? '',
  };
}

/** Said by others, or by several. */
const OTHERS = new Set(['quote', 'indented', 'chat']);

function joined(blocks: readonly Block[]): string {
  let words = '';
  let wasItem = false;
  for (const block of blocks) {
    const line = lineOf(block);
    if (line === '') continue;
    const isItem = block.subtype.endsWith('-list-item');
    words += `${words === '' ? '' : wasItem && isItem ? '\n' : '\n\n'}${line}`;
    wasItem = isItem;
  }
  return words;
}

function lineOf({ type, subtype, text: words, question, answers }: Block): string {
  if (type === 'poll') return [question, ...answers.map((answer) => `- ${answer.answer_text}`)].join('\n').trim();
  if (type !== 'text' || OTHERS.has(subtype)) return '';
  return subtype.endsWith('-list-item') ? `- ${words.trim()}` : words.trim();
}
