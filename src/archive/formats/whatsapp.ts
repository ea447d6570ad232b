/**
 * WhatsApp's "Export chat": `_chat.txt` (iOS, in a zip) or `WhatsApp Chat with ….txt` (Android), one chat a file.
 *
 * Own code, as whatsapp-chat-parser wants the whole chat as one string, gives times in the zone of the machine, and does
 * not tell what the app says from what people say.
 */
import { createHash } from 'node:crypto';
import { findAll } from '../find-entries.ts';
import type { Entry, Export, Format, Unread } from '../format.ts';
import { inMostThreads, isAmong } from '../identity.ts';
import { type LocalTime, localTime } from '../local-time.ts';
import { type Omission, type Post, withCut } from '../post.ts';
import { readInTime } from '../read-in-time.ts';
import { headOf } from '../read-json.ts';
import { textLines } from '../text-lines.ts';
import { type DateOrder, DateOrderVote, type Opening, openingOf, timeOf } from '../whatsapp-line.ts';
import { senderWords } from '../whatsapp-text.ts';

/** In UTF-16 units; no phone sends longer ones: their end is left out, and named. */
const LONGEST_MESSAGE = 1 << 16;

export const whatsapp: Format = {
  name: 'whatsapp',
  sources: [
    {
      service: 'WhatsApp',
      where: 'in each chat: menu, More, Export chat, without media',
      drop: 'the zip or .txt of each chat',
    },
  ],

  async detect(archive) {
    return (await chatFiles(archive)).length > 0;
  },

  /** The sender in most chats; of a single chat it is not known. */
  async owner(archive) {
    const threads: Set<string>[] = [];
    for (const entry of await chatFiles(archive)) threads.push((await survey(entry)).senders);
    const owner = inMostThreads(threads);
    return owner === undefined ? [] : [owner];
  },

  async *read(archive, me, { zone, dates } = {}) {
    const files = await chatFiles(archive);
    const surveys = await Array.fromAsync(files, survey);
    const owner = inMostThreads(surveys.map(({ senders }) => senders));
    const isMe = isAmong(owner === undefined ? me : [...me, owner]);
    for (const [index, entry] of files.entries()) {
      const { order } = surveys[index]!;
      yield* readChat(entry, {
        order: order === 'year first' ? order : (dates ?? order),
        thread: threadOf(entry, archive),
        isMe,
        toUtc: localTime(zone),
      });
    }
  },
};

async function chatFiles(archive: Export): Promise<Entry[]> {
  const found: Entry[] = [];
  for (const entry of findAll(archive, /\.txt$/i)) {
    const lines = (await headOf(entry)).split('\n').slice(0, 30);
    if (openingOf(lines[0] ?? '') && lines.some((line) => senderOf(openingOf(line)?.rest ?? ''))) found.push(entry);
  }
  return found;
}

interface Survey {
  readonly order: DateOrder;
  readonly senders: Set<string>;
}

async function survey(entry: Entry): Promise<Survey> {
  const vote = new DateOrderVote();
  const senders = new Set<string>();
  const look = (line: string) => {
    const opening = openingOf(line);
    if (!opening) return [];
    vote.add(opening);
    const sender = senderOf(opening.rest);
    // A group's name speaks in some system lines; what the app says names nobody.
    if (sender && 'words' in senderWords(sender.text)) senders.add(sender.name);
    return [];
  };
  for await (const _ of readInTime(eachLine(entry, look)));
  return { order: vote.result(), senders };
}

async function* eachLine(entry: Entry, read: (line: string) => ReturnType<Unread['read']>): AsyncGenerator<Unread> {
  for await (const { number, text } of textLines(await entry.open())) {
    yield { place: `${entry.path}, line ${number}`, size: text.length, read: () => read(text) };
  }
}

/** Names hold no colon; quotation marks before one are in a system line, `Ann named the group "Trip: Rome"`. */
function senderOf(rest: string): { readonly name: string; readonly text: string } | undefined {
  const match = /^([^:\n]{1,100}):(?:\s|$)/.exec(rest);
  if (!match || /["“”„«»]/.test(match[1]!)) return undefined;
  const name = match[1]!
    .replace(/\p{Cf}/gu, '')
    .replace(/^~\s*/, '')
    .replace(/\s+/g, ' ')
    .trim();
  return name === '' ? undefined : { name, text: rest.slice(match[0].length) };
}

/** The chat's name, from the file or from the zip that it came in: `_chat.txt` is the same for all. */
function threadOf(entry: Entry, archive: Export): string {
  const stem = (name: string) => name.replace(/\.(?:txt|zip)$/i, '').replace(/ ?\(\d+\)$/, '');
  const [own = '', folder] = entry.path
    .split(/[/\\]|!\//)
    .filter((name) => name !== '')
    .reverse();
  if (stem(own).toLowerCase() !== '_chat') return stem(own);
  if (folder !== undefined) return stem(folder);
  // Of several zips given together, each has one such file, in their order.
  const position = archive.entries.filter(({ path }) => path === entry.path).indexOf(entry);
  return stem(archive.name.split(', ')[position]?.split(/[/\\]/).at(-1) ?? own);
}

interface Chat {
  readonly order: DateOrder;
  readonly thread: string;
  readonly isMe: ReturnType<typeof isAmong>;
  readonly toUtc: LocalTime;
}

interface Message {
  readonly opening: Opening;
  readonly place: string;
  rest: string;
}

async function* readChat(entry: Entry, chat: Chat): AsyncGenerator<Unread | Omission> {
  const seen = new SeenThisMinute();
  const unread = (message: Message): Unread => {
    const { place, rest } = message;
    const read = () => withCut(readMessage(message, chat, seen), rest.length > LONGEST_MESSAGE, place);
    return { place, size: rest.length, read };
  };
  let message: Message | undefined;
  for await (const { number, text } of textLines(await entry.open())) {
    const opening = openingOf(text);
    const place = `${entry.path}, line ${number}`;
    if (!opening) {
      if (message && message.rest.length <= LONGEST_MESSAGE) message.rest += `\n${text}`;
      else if (!message && text.trim() !== '') yield { omitted: 'unreadable', place };
      continue;
    }
    if (message) yield unread(message);
    message = { opening, place, rest: opening.rest };
  }
  if (message) yield unread(message);
}

function readMessage({ opening, place, rest }: Message, chat: Chat, seen: SeenThisMinute): Post | Omission {
  const sender = senderOf(rest);
  if (!sender) return { omitted: 'system line', place };
  const said = senderWords(sender.text.slice(0, LONGEST_MESSAGE));
  if ('omitted' in said) return { omitted: said.omitted, place };
  const time = timeOf(opening, chat.order);
  return {
    service: 'whatsapp',
    id: seen.idOf(time === null ? opening.date.join('-') : eitherWay(time), sender.name, said.words),
    author: { id: sender.name, name: sender.name },
    mine: chat.isMe(sender.name),
    time: chat.toUtc(time),
    text: said.words,
    markup: 'plain',
    kind: 'message',
    visibility: 'private',
    thread: chat.thread,
  };
}

/** The same whichever of day and month comes first: the person may say so later, and it is the same message then. */
function eitherWay(time: string): string {
  const [year, month = '', day = ''] = time.slice(0, 10).split('-');
  return day < month ? `${year}-${day}-${month}${time.slice(10)}` : time;
}

/** Ids from time, author and text, the same in each export of a chat; "ok" twice in a minute are two messages. */
class SeenThisMinute {
  #time = '';
  readonly #counts = new Map<string, number>();

  idOf(time: string, author: string, text: string): string {
    if (time !== this.#time) this.#counts.clear();
    this.#time = time;
    const hash = createHash('sha256').update(`${author}\n${text}`).digest('hex').slice(0, 16);
    const count = (this.#counts.get(hash) ?? 0) + 1;
    this.#counts.set(hash, count);
    return count === 1 ? `${time}/${hash}` : `${time}/${hash}/${count}`;
  }
}
