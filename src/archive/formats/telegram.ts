/** Telegram Desktop's result.json: of the whole account, or of a single chat, which does not say whose it is. */
import { UserError } from '../../errors.ts';
import { type Bare, isBare, textIn } from '../bare-fields.ts';
import { findAll, withHead } from '../find-entries.ts';
import type { Entry, Export, Format, Unread } from '../format.ts';
import { isAmong } from '../identity.ts';
import { fromNaive, fromSeconds } from '../instant.ts';
import { type LocalTime, localTime } from '../local-time.ts';
import { id } from '../loose-fields.ts';
import type { Omission, Post } from '../post.ts';
import { findJson, readJsonByChunk } from '../read-json.ts';

const ACCOUNT = /"personal_information"\s*:\s*\{\s*"user_id"/;
const ACCOUNT_ID = 'personal_information.user_id';
const CHAT =
  /"type"\s*:\s*"(?:personal_chat|bot_chat|saved_messages|private_group|private_supergroup|public_supergroup|private_channel|public_channel)"/;
const HTML = /class="page_wrap/;
/** Where these are looked for, in bytes. */
const HEAD = 4096;
/** A file given by itself may have any name; among the files of something else, only Telegram's own is looked at. */
const FEW_FILES = 10;

export const telegram: Format = {
  name: 'telegram',
  sources: [
    {
      service: 'Telegram',
      where: 'Telegram Desktop: Settings, Advanced, Export Telegram data; format JSON',
      drop: 'the folder, or result.json',
    },
  ],

  async detect(archive) {
    return (await chatFiles(archive)).length > 0 || (await pages(archive)).length > 0;
  },

  async owner(archive) {
    const users = await Promise.all((await chatFiles(archive)).map(accountIn));
    return [...new Set(users)].filter((user) => user !== '');
  },

  async *read(archive, me, { zone } = {}) {
    const files = await chatFiles(archive);
    if (files.length === 0) {
      throw new UserError(
        `${archive.name}, ${(await pages(archive))[0]?.path}: expected Telegram's JSON, found its HTML`,
        {
          hint: 'Export again and choose "Machine-readable JSON" as the format',
        },
      );
    }
    const isMe = isAmong([...me, ...(await telegram.owner(archive))]);
    for (const entry of files) yield* readChats(entry, { isMe, toUtc: localTime(zone) });
  },
};

/** '' where it is a single chat, which does not say. */
async function accountIn(entry: Entry): Promise<string> {
  for await (const { pattern, value } of findJson(entry, [ACCOUNT_ID, 'chats.list[].id'])) {
    const user = id.parse(value);
    return pattern !== ACCOUNT_ID || user === '' ? '' : `user${user}`;
  }
  return '';
}

async function chatFiles(archive: Export): Promise<Entry[]> {
  const candidates = findAll(archive, archive.entries.length <= FEW_FILES ? /\.json$/i : /(^|\/)result\.json$/i);
  return withHead(candidates, HEAD, (head) => ACCOUNT.test(head) || (CHAT.test(head) && head.includes('"messages"')));
}

function pages(archive: Export): Promise<Entry[]> {
  return withHead(findAll(archive, /(^|\/)messages\.html$/i), HEAD, (head) => HTML.test(head));
}

interface Chat {
  readonly id: string;
  readonly type: string;
}

/** What stands before the messages of a chat, in the order of Telegram's own writer. */
const ABOUT = ['type', 'id'].flatMap((key) => [key, `chats.list[].${key}`, `left_chats.list[].${key}`]);
const MESSAGES = ['messages[]', 'chats.list[].messages[]', 'left_chats.list[].messages[]'];

interface Reader {
  readonly isMe: ReturnType<typeof isAmong>;
  readonly toUtc: LocalTime;
}

async function* readChats(entry: Entry, reader: Reader): AsyncGenerator<Unread | Omission> {
  let chat: Chat = { id: '', type: '' };
  let chatPath = '';
  for await (const together of readJsonByChunk(entry, [...ABOUT, ...MESSAGES])) {
    for (const found of together) {
      if ('omitted' in found) {
        yield found;
        continue;
      }
      const isMessage = MESSAGES.includes(found.pattern);
      const path = found.path.slice(0, isMessage ? -2 : -1).join('/');
      if (path !== chatPath) chat = { id: '', type: '' };
      chatPath = path;
      if (isMessage) {
        const { value, place, size } = found;
        const within = chat.id === '' ? { ...chat, id: path } : chat;
        yield { place, size, read: () => readMessage(value, place, within, reader) };
      } else chat = { ...chat, [found.path.at(-1)!]: id.parse(found.value) };
    }
  }
}

function readMessage(value: unknown, place: string, chat: Chat, { isMe, toUtc }: Reader): Post | Omission {
  if (!isBare(value)) return { omitted: 'unreadable', place };
  const words = wordsOf(value.text);
  const reason = reasonToOmit(value, words);
  if (reason) return { omitted: reason, place };
  const [date, from, sender, answered] = [
    textIn(value, 'date'),
    textIn(value, 'from'),
    textIn(value, 'from_id'),
    textIn(value, 'reply_to_message_id'),
  ];
  // Before 2021 the sender's id was a bare number; chats of channels have `channel…`.
  const author = /^\d+$/.test(sender) ? `user${sender}` : sender;
  return {
    service: 'telegram',
    id: `${chat.id}/${textIn(value, 'id') || date}`,
    author: { id: author || from || 'deleted', ...(from && { name: from }) },
    mine: isMe(author, author.replace(/^user/, ''), from),
    time: fromSeconds(textIn(value, 'date_unixtime')) ?? toUtc(fromNaive(date)),
    text: words,
    markup: 'plain',
    kind: 'message',
    visibility: chat.type.startsWith('public_') ? 'public' : 'private',
    thread: chat.id,
    ...(answered && { inReplyTo: `${chat.id}/${answered}` }),
  };
}

function reasonToOmit(message: Bare, words: string): string | undefined {
  const type = textIn(message, 'type');
  if (type === 'service') return 'system line';
  if (type !== 'message' && type !== '') return 'unknown kind';
  // Forwarded from a deleted account, the field is there and null.
  if (message.forwarded_from !== undefined || message.saved_from !== undefined) return 'forwarded';
  if (textIn(message, 'via_bot')) return 'via bot';
  if (words === '') return 'no text';
  if (/^\/[a-z]\w*(?:@\w+)?(?:\s|$)/i.test(words)) return 'bot command';
  return undefined;
}

/** `text` is a string, or pieces of which some are plain and some are marked; a marked quotation is somebody else's. */
function wordsOf(value: unknown): string {
  if (typeof value === 'string') return value.trim();
  if (!Array.isArray(value)) return '';
  return value
    .map((part) => {
      if (typeof part === 'string') return part;
      return isBare(part) && part.type !== 'blockquote' ? textIn(part, 'text') : '';
    })
    .join('')
    .trim();
}
