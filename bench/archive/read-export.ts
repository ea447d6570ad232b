/** One measurement in a process of its own: `node read-export.ts import|read|library CASE FILE`; prints JSON. */
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Parser } from 'htmlparser2';
import PostalMime from 'postal-mime';
import { openPromise } from 'yauzl';
import { openExport } from '../../src/archive/container.ts';
import { detectFormats } from '../../src/archive/detect-formats.ts';
import { limitHeapGrowth } from '../../src/archive/heap-growth.ts';
import { importArchive } from '../../src/archive/import-archive.ts';
import { openStore } from '../../src/store/store.ts';
import { type Case, MAKERS } from './synthetic-exports.ts';

const READERS = { import: importInto, read, library } as const;

const [, , how = '', name = '', file = ''] = process.argv;
if (!(how in READERS) || !(name in MAKERS)) throw new Error(`No such measurement: ${how} ${name}`);
const start = performance.now();
const before = process.cpuUsage(); // what starting took is not counted
const posts = await READERS[how as keyof typeof READERS](file, name as Case);
const milliseconds = performance.now() - start;
const { user, system } = process.cpuUsage(before); // µs
const { maxRSS } = process.resourceUsage(); // kB
console.log(JSON.stringify({ posts, milliseconds, cpuMs: (user + system) / 1000, peakMB: maxRSS / 1024 }));

/** As `eidolon archive add` does it. */
async function importInto(file: string, name: Case): Promise<number> {
  limitHeapGrowth();
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-bench-'));
  const store = openStore(path.join(folder, 'eidolon.db'));
  const archive = await openExport([file], { spoolFolder: folder });
  try {
    const [format] = await detectFormats(archive);
    if (!format) throw new Error(`${file} is of no format`);
    const { added } = await importArchive(store, {
      persona: 'mira',
      corpus: 'mine',
      archive,
      format,
      me: [...MAKERS[name].me, ...(await format.owner(archive))],
      includePrivate: true,
      now: new Date(),
    });
    return added;
  } finally {
    archive.close();
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

/** The format alone. */
async function read(file: string, name: Case): Promise<number> {
  const archive = await openExport([file]);
  const [format] = await detectFormats(archive);
  let posts = 0;
  for await (const item of format!.read(archive, MAKERS[name].me)) if (!('omitted' in item)) posts++;
  archive.close();
  return posts;
}

/** The plain use of the library underneath, with all that it does not do. */
async function library(file: string, name: Case): Promise<number> {
  if (name === 'mbox') return parseMails(readFileSync(file));
  if (name === 'wxr') return parseXml(file);
  const zip = await openPromise(file);
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName !== MAKERS[name].entry) continue;
    const json = (await buffer(await zip.openReadStreamPromise(entry))).toString('utf8');
    const parsed = JSON.parse(json.slice(json.search(/[[{]/)));
    return Array.isArray(parsed) ? parsed.length : parsed.chats.list[0].messages.length;
  }
  return 0;
}

async function parseMails(bytes: Buffer): Promise<number> {
  let mails = 0;
  for (let start = 0; start < bytes.length; ) {
    const next = bytes.indexOf('\nFrom ', start + 1);
    const end = next < 0 ? bytes.length : next + 1;
    await PostalMime.parse(bytes.subarray(bytes.indexOf('\n', start) + 1, end));
    mails++;
    start = end;
  }
  return mails;
}

/** The text of each element within an item, by its name. */
async function parseXml(file: string): Promise<number> {
  let items = 0;
  let fields: Record<string, string> = {};
  let text = '';
  const parser = new Parser(
    {
      onopentag(name) {
        if (name === 'item') fields = {};
        text = '';
      },
      ontext(piece) {
        text += piece;
      },
      onclosetag(name) {
        fields[name] = text;
        if (name === 'item' && 'content:encoded' in fields) items++;
      },
    },
    { xmlMode: true },
  );
  for await (const chunk of createReadStream(file, 'utf8')) parser.write(chunk);
  parser.end();
  return items;
}
