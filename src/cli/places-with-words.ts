/** Where forgotten words still stand: in files that programs and people made of them, and in rows of the store. */
import { globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { decodeHTML } from 'entities';
import { CompiledQuery } from 'kysely';
import { plainWords } from '../archive/forgotten.ts';
import type { Store } from '../store/store.ts';

/** Shorter words stand in other texts by chance. In letters and digits. */
const SHORTEST = 12;
/** Weights and indexes hold no words that can be read. */
const TEXTS = /\.(?:html?|jsonl?|txt|md|csv|tsv|log|ya?ml)$/i;
/** In bytes; of what is larger it is not known, and so it is named. */
const LARGEST = 256 << 20;
/** Of what is looked through elsewhere, and of hashes. */
const OTHER_TABLES = new Set(['posts', 'forgotten']);
const ROWS = 2000;

export interface Places {
  /** Relative to the home folder. */
  readonly files: readonly string[];
  /** How many rows of the store, by table. */
  readonly rows: Readonly<Record<string, number>>;
}

/** Under data/, models/ and the persona's folder: reports and samples of trainings, pieces, chats, exports, logs and whatever else lies there. */
export async function placesWithWords(
  store: Store,
  { home, persona, texts }: { readonly home: string; readonly persona: string; readonly texts: readonly string[] },
): Promise<Places> {
  const quotes = texts.map(plainWords).filter((words) => words.length >= SHORTEST);
  if (quotes.length === 0) return { files: [], rows: {} };
  const holds = (text: string) => {
    const words = plainWords(text);
    return quotes.some((quote) => words.includes(quote));
  };
  const folders = `{data,models,${path.join('personas', persona)}}/**/*`;
  const files = globSync(folders, { cwd: home }).filter((file) => TEXTS.test(file));
  return {
    files: files.filter((file) => fileHolds(path.join(home, file), holds)).sort(),
    rows: await rowsWith(store, holds),
  };
}

function fileHolds(file: string, holds: (text: string) => boolean): boolean {
  const about = statSync(file, { throwIfNoEntry: false });
  if (!about?.isFile()) return false;
  if (about.size > LARGEST) return true;
  const content = readFileSync(file, 'utf8');
  if (/\.html?$/i.test(file)) return holds(decodeHTML(content.replace(/<[^<>]{0,2000}>/g, ' ')));
  if (/\.json$/i.test(file)) return jsonHolds(content, holds);
  if (/\.jsonl$/i.test(file)) return content.split('\n').some((line) => jsonHolds(line, holds));
  return holds(content);
}

/** In JSON line ends are letters. */
function jsonHolds(json: string, holds: (text: string) => boolean): boolean {
  let found = false;
  try {
    JSON.parse(json, (_, value) => {
      found ||= typeof value === 'string' && holds(value);
    });
    return found;
  } catch {
    return holds(json);
  }
}

async function rowsWith(store: Store, holds: (text: string) => boolean): Promise<Record<string, number>> {
  const all = async <Row>(query: string, values: readonly unknown[] = []) =>
    (await store.db.executeQuery<Row>(CompiledQuery.raw(query, [...values]))).rows;
  const found: Record<string, number> = {};
  for (const { name } of await all<{ name: string }>(
    "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name",
  )) {
    if (OTHER_TABLES.has(name)) continue;
    const columns = await all<{ name: string; type: string }>(`pragma table_info("${name}")`);
    const texts = columns.filter(({ type }) => /text/i.test(type)).map((column) => `"${column.name}"`);
    if (texts.length === 0) continue;
    let count = 0;
    for (let after = -1; ; ) {
      const rows = await all<Record<string, unknown> & { readonly row: number }>(
        `select rowid as row, ${texts.join(', ')} from "${name}" where rowid > ? order by rowid limit ${ROWS}`,
        [after],
      );
      for (const { row: _, ...row } of rows) {
        const cells = Object.values(row).filter((cell): cell is string => typeof cell === 'string');
        if (cells.some((cell) => (/^[[{]/.test(cell) ? jsonHolds(cell, holds) : holds(cell)))) count++;
      }
      if (rows.length < ROWS) break;
      after = rows.at(-1)!.row;
    }
    if (count > 0) found[name] = count;
  }
  return found;
}
