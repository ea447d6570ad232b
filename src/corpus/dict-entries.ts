import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { UserError } from '../errors.ts';

export interface DictEntry {
  /** The words under which the dictionary finds this entry, in the order of its index. */
  readonly headwords: readonly string[];
  readonly text: string;
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * The entries of a dictionary in the format of dictd: `NAME.index` beside `NAME.dict` or `NAME.dict.dz`, in the order of
 * its text, without the database's entries about itself (00database…). A .dz is a gzip file with an index of its own,
 * which reading it whole does not need. The format: https://linux.die.net/man/8/dictd, "DATABASE FORMAT".
 */
export function dictEntries(name: string): DictEntry[] {
  const text = readDictionary(name);
  const entries = new Map<string, { offset: number; length: number; headwords: string[] }>();
  for (const [line, row] of readIndex(`${name}.index`)) {
    const [headword = '', offset = '', length = ''] = row.split('\t');
    if (headword.startsWith('00database') || headword.startsWith('00-database')) continue;
    const entry = { offset: decodeNumber(offset), length: decodeNumber(length), headwords: [headword] };
    if (!(entry.offset + entry.length <= text.length)) {
      throw new UserError(
        `${name}.index:${line}: expected "headword, offset, length" within the text, found "${row}"`,
        {
          hint: 'Are .index and .dict of the same version of the dictionary?',
        },
      );
    }
    const known = entries.get(`${offset} ${length}`);
    if (known) known.headwords.push(headword);
    else entries.set(`${offset} ${length}`, entry);
  }
  return [...entries.values()]
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ headwords, offset, length }) => ({
      headwords,
      text: text.subarray(offset, offset + length).toString('utf8'),
    }));
}

function readDictionary(name: string): Buffer {
  if (existsSync(`${name}.dict.dz`)) return gunzipSync(readFileSync(`${name}.dict.dz`));
  if (existsSync(`${name}.dict`)) return readFileSync(`${name}.dict`);
  throw new UserError(`Expected a dictionary ${name}.dict.dz or ${name}.dict, found neither`, {
    hint: 'Give the path without an ending, such as /usr/share/dictd/devil',
  });
}

function readIndex(file: string): [line: number, row: string][] {
  if (!existsSync(file)) throw new UserError(`Expected the dictionary's index ${file}, found no such file`);
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((row, index): [number, string] => [index + 1, row])
    .filter(([, row]) => row !== '');
}

/** Numbers in the index are written in base 64, the highest digit first; NaN where they are not. */
function decodeNumber(digits: string): number {
  if (digits === '') return Number.NaN;
  return [...digits].reduce((number, digit) => {
    const value = BASE64.indexOf(digit);
    return value === -1 ? Number.NaN : number * 64 + value;
  }, 0);
}
