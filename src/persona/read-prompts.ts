import { UserError } from '../errors.ts';
import { readText } from './read-text.ts';

/** In prompts.txt, a line that asks for a text from nothing. */
const FROM_NOTHING = '""';

/** The openings of a prompts file, one a line; blank lines do not count. An opening must leave room to go on. */
export function readPrompts(file: string, maxCharacters: number): string[] {
  const lines = readText(file).split(/\r?\n/);
  const prompts: string[] = [];
  for (const [index, line] of lines.entries()) {
    const prompt = line.trim();
    if (prompt === '') continue;
    if (prompt.length >= maxCharacters) {
      throw new UserError(
        `${file}:${index + 1}:1: expected an opening shorter than a post (${maxCharacters} characters), found ${prompt.length}`,
        { hint: 'Shorten it, or raise length.max in persona.yaml' },
      );
    }
    prompts.push(prompt === FROM_NOTHING ? '' : prompt);
  }
  if (prompts.length === 0) {
    throw new UserError(`${file}:1:1: expected openings, found none`, {
      hint: 'Write one a line, or remove `prompts` from persona.yaml to write from nothing',
    });
  }
  return prompts;
}
