/** Plain text files: each is one text. */
import type { Format } from '../format.ts';
import { article, OWNER, textOrOmission, withoutGutenberg, writerOf, writtenEntries } from '../written-text.ts';

const ENDING = /\.(txt|text)$/i;
const LICENCE = /(^|\/)(readme|licen[cs]e|copying)[^/]*$/i;
/** In characters: what is longer is cut between paragraphs. */
const LONGEST = 1 << 20;

export const plainText: Format = {
  name: 'text',
  sources: [
    { service: 'plain text', where: 'your own folders', drop: '.txt files, each one text, or a folder of them' },
  ],
  detect: async (archive) => writtenEntries(archive, ENDING).length > 0,
  owner: async () => [OWNER],

  async *read(archive, me) {
    for (const entry of writtenEntries(archive, ENDING)) {
      if (archive.entries.length > 1 && LICENCE.test(entry.path)) {
        yield { omitted: 'readme', place: entry.path };
        continue;
      }
      const text = await textOrOmission(entry);
      if (typeof text !== 'string') yield text;
      else {
        const author = { id: writerOf(me) };
        const read = () => parts(withoutGutenberg(text)).map((part) => article('text', part, { author }));
        yield { place: entry.path, size: text.length, read };
      }
    }
  },
};

function parts(text: string): string[] {
  const cut: string[] = [];
  let rest = text.replaceAll('\r\n', '\n').trim();
  while (rest.length > LONGEST) {
    const paragraph = rest.lastIndexOf('\n\n', LONGEST);
    const end = paragraph > 0 ? paragraph : LONGEST;
    cut.push(rest.slice(0, end).trim());
    rest = rest.slice(end).trim();
  }
  return rest === '' ? cut : [...cut, rest];
}
