/** Message threads of Facebook and Instagram, and of Messenger's separate download of end-to-end encrypted chats. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { findAll } from './find-entries.ts';
import type { Entry, Export, Unread } from './format.ts';
import type { isAmong } from './identity.ts';
import { fromMilliseconds } from './instant.ts';
import { text } from './loose-fields.ts';
import { type MetaService, metaServices } from './meta-records.ts';
import { isSystemLine } from './meta-system-line.ts';
import { withoutMojibake, withoutMojibakeIn } from './mojibake.ts';
import type { Omission, Post } from './post.ts';
import { findJson, headOf, readJson } from './read-json.ts';

const NUMBERED = /(^|\/)message_(\d+)\.json$/i;
/** `Name_12.json` in the encrypted download, where all threads are in one folder. */
const FLAT = /(^|\/)[^/]+_\d+\.json$/i;
const ENCRYPTED_HEAD = /^\s*\{\s*"(?:participants|threadName)"[\s\S]*"(?:senderName|threadName)"\s*:/;

/** In order of folders, and in each in order of its numbers: message_10 comes after message_2. */
export async function threadFiles(archive: Export, service: MetaService): Promise<Entry[]> {
  const serviceOf = metaServices(archive);
  const numbered = findAll(archive, NUMBERED).filter((entry) => serviceOf(entry) === service);
  const flat: Entry[] = [];
  for (const entry of service === 'facebook' ? findAll(archive, FLAT) : []) {
    if (!NUMBERED.test(entry.path) && ENCRYPTED_HEAD.test(await headOf(entry))) flat.push(entry);
  }
  return [...numbered, ...flat].sort((a, b) => folderOf(a).localeCompare(folderOf(b)) || numberOf(a) - numberOf(b));
}

function folderOf({ path }: Entry): string {
  return path.split('/').slice(0, -1).join('/');
}

function numberOf({ path }: Entry): number {
  return Number(/(\d+)\.json$/i.exec(path)?.[1] ?? 0);
}

/** The folder of the thread, which keeps its name; in the encrypted download the file. */
function threadOf(entry: Entry): string {
  const [folder, file] = entry.path.split('/').slice(-2);
  if (NUMBERED.test(entry.path)) return folder ?? entry.path;
  return (file ?? folder ?? entry.path).replace(/\.json$/i, '');
}

const participant = z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]);

/** All whose accounts are gone have the same name. */
const NOBODY = /^(?:facebook|instagram) ?user$/i;

/** Who takes part in each thread. */
export async function participantsOf(files: readonly Entry[]): Promise<string[][]> {
  const threads = new Map<string, string[]>();
  for (const entry of files) {
    if (threads.has(threadOf(entry))) continue;
    const people: string[] = [];
    for await (const { value } of findJson(entry, ['participants[]'])) {
      const name = participant.safeParse(value).data;
      if (name && !NOBODY.test(name)) people.push(withoutMojibake(name));
    }
    threads.set(threadOf(entry), people);
  }
  return [...threads.values()];
}

/** The keys of both kinds of download. */
const messageSchema = z.object({
  sender_name: text,
  senderName: text,
  timestamp_ms: z.unknown().optional(),
  timestamp: z.unknown().optional(),
  content: text,
  text,
  type: text,
  is_unsent: z.boolean().catch(false),
  isUnsent: z.boolean().catch(false),
  call_duration: z.unknown().optional(),
});

const WORDS = new Set(['', 'generic', 'share', 'text', 'link', 'media']);

export async function* readThread(
  entry: Entry,
  service: MetaService,
  isMe: ReturnType<typeof isAmong>,
): AsyncGenerator<Unread | Omission> {
  const thread = threadOf(entry);
  for await (const found of readJson(entry, ['messages[]'])) {
    if ('omitted' in found) yield found;
    else {
      const { value, place, size } = found;
      yield { place, size, read: () => readMessage(value, place, { service, thread, isMe }) };
    }
  }
}

interface Thread {
  readonly service: MetaService;
  readonly thread: string;
  readonly isMe: ReturnType<typeof isAmong>;
}

function readMessage(value: unknown, place: string, { service, thread, isMe }: Thread): Post | Omission {
  const message = messageSchema.safeParse(withoutMojibakeIn(value)).data;
  if (!message) return { omitted: 'unreadable', place };
  const author = message.sender_name || message.senderName || `${service} user`;
  const words = (message.content || message.text).trim();
  if (message.is_unsent || message.isUnsent) return { omitted: 'deleted', place };
  if (!WORDS.has(message.type.toLowerCase()) || message.call_duration !== undefined)
    return { omitted: 'system line', place };
  if (words === '') return { omitted: 'no text', place };
  if (isSystemLine(words, author)) return { omitted: 'system line', place };
  const time = fromMilliseconds(message.timestamp_ms ?? message.timestamp);
  const hash = createHash('sha256').update(`${author}\n${words}`).digest('hex').slice(0, 12);
  return {
    service,
    id: `${thread}/${time ?? 'no time'}/${hash}`,
    author: { id: author, name: author },
    mine: isMe(author),
    time,
    text: words,
    markup: 'plain',
    kind: 'message',
    visibility: 'private',
    thread,
  };
}
