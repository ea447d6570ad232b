/** One measurement in a process of its own: `node read-export.ts import|read|library|whole CASE FILE`; prints JSON. */
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Parser } from 'htmlparser2';
import PostalMime from 'postal-mime';
import chain from 'stream-chain';
import { parser } from 'stream-json';
import { pick } from 'stream-json/filters/pick.js';
import { streamArray } from 'stream-json/streamers/stream-array.js';
import { openPromise } from 'yauzl';
import { openExport } from '../../src/archive/container.ts';
import { detectFormats } from '../../src/archive/detect-formats.ts';
import { limitHeapGrowth } from '../../src/archive/heap-growth.ts';
import { importArchive } from '../../src/archive/import-archive.ts';
import { readInTime } from '../../src/archive/read-in-time.ts';
import { openStore } from '../../src/store/store.ts';
import { type Case, MAKERS } from './synthetic-exports.ts';

const READERS = { import: importInto, read, library, whole } as const;

let found = 0;
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
  for await (const together of readInTime(format!.read(archive, MAKERS[name].me))) {
    for (const item of together) if (!('omitted' in item)) posts++;
  }
  archive.close();
  return posts;
}

function take({ author, time, text }: Written): void {
  if (author && time !== '' && text !== '') found++;
}

/** What the least must be that is made of an export: who wrote each thing, when, and what. */
interface Written {
  readonly author: string | undefined;
  readonly time: string;
  readonly text: string;
}

/**
 * The plain use of a library, by somebody who wants just that: nothing found out about ownership, threads, quotations or
 * damage, and nothing kept. A library that reads a part at a time, as ours does, except for mails.
 */
async function library(file: string, name: Case): Promise<number> {
  if (name === 'mbox') await parseMails(readFileSync(file), take);
  else if (name === 'wxr') await parseBlog(file, take);
  else if (name === 'tweets in a zip') {
    const content = Readable.from(withoutAssignment(await entryOf(file, name)), { objectMode: false });
    for await (const { value } of chain([content, parser(), streamArray()]))
      take(ofTweet((value as { readonly tweet: Tweet }).tweet));
  } else {
    const messages = pick({ filter: /^chats\.list\.\d+\.messages$/ });
    const content = await entryOf(file, name);
    for await (const { value } of chain([content, parser(), messages, streamArray()]))
      take(ofMessage(value as Message));
  }
  return found;
}

/** JSON.parse over the whole file at once, which streams nothing and ends where a string does, at half a gigabyte. */
async function whole(file: string, name: Case): Promise<number> {
  const json = (await buffer(await entryOf(file, name))).toString('utf8');
  const parsed = JSON.parse(json.slice(json.search(/[[{]/)));
  if (Array.isArray(parsed)) for (const { tweet } of parsed) take(ofTweet(tweet));
  else for (const { messages } of parsed.chats.list) for (const message of messages) take(ofMessage(message));
  return found;
}

async function entryOf(file: string, name: Case): Promise<Readable> {
  const zip = await openPromise(file);
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName === MAKERS[name].entry) return zip.openReadStreamPromise(entry);
  }
  throw new Error(`${file} has no ${MAKERS[name].entry}`);
}

async function* withoutAssignment(content: Readable): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    yield isFirst ? chunk.subarray(chunk.indexOf('[')) : chunk;
    isFirst = false;
  }
}

interface Tweet {
  readonly created_at: string;
  readonly full_text: string;
}

/** The archive has one author, and escapes three characters. */
function ofTweet({ created_at, full_text }: Tweet): Written {
  const text = full_text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  return { author: 'mira', time: new Date(created_at).toISOString(), text };
}

interface Message {
  readonly from_id: string;
  readonly date_unixtime: string;
  readonly text: string | readonly (string | { readonly text: string })[];
}

function ofMessage({ from_id, date_unixtime, text }: Message): Written {
  const words =
    typeof text === 'string' ? text : text.map((part) => (typeof part === 'string' ? part : part.text)).join('');
  return { author: from_id, time: new Date(Number(date_unixtime) * 1000).toISOString(), text: words };
}

async function parseMails(bytes: Buffer, take: (mail: Written) => void): Promise<void> {
  for (let start = 0; start < bytes.length; ) {
    const next = bytes.indexOf('\nFrom ', start + 1);
    const end = next < 0 ? bytes.length : next + 1;
    const mail = await PostalMime.parse(bytes.subarray(bytes.indexOf('\n', start) + 1, end));
    take({ author: mail.from?.address, time: mail.date ?? '', text: mail.text ?? '' });
    start = end;
  }
}

/** Articles and their comments: the XML is parsed, and then the HTML in it, as it is words that are wanted. */
async function parseBlog(file: string, take: (post: Written) => void): Promise<void> {
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
        const [author, time, html] =
          name === 'wp:comment'
            ? ['wp:comment_author', 'wp:comment_date_gmt', 'wp:comment_content']
            : ['dc:creator', 'wp:post_date_gmt', 'content:encoded'];
        if ((name !== 'item' && name !== 'wp:comment') || fields[html] === undefined) return;
        take({
          author: fields[author],
          time: new Date(`${fields[time]}Z`).toISOString(),
          text: wordsOf(fields[html]),
        });
      },
    },
    { xmlMode: true },
  );
  for await (const chunk of createReadStream(file, 'utf8')) parser.write(chunk);
  parser.end();
}

function wordsOf(html: string): string {
  let words = '';
  const parser = new Parser({
    ontext(piece) {
      words += piece;
    },
  });
  parser.end(html);
  return words;
}
