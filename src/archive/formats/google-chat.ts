/** Google Chat in Takeout: a folder for each conversation with messages.json and group_info.json, and one for the user. */
import { z } from 'zod';
import { findAll } from '../find-entries.ts';
import type { Entry, Export, Format, Unread } from '../format.ts';
import { isAmong } from '../identity.ts';
import { id, text } from '../loose-fields.ts';
import type { Omission, Post } from '../post.ts';
import { findJson, headOf, readJson } from '../read-json.ts';
import { fromSpelled } from '../spelled-date.ts';

export const googleChat: Format = {
  name: 'google-chat',
  sources: [
    {
      service: 'Google Chat',
      where: 'takeout.google.com: deselect all, then Google Chat',
      drop: 'all zips of one export',
    },
  ],

  async detect(archive) {
    for (const entry of findAll(archive, MESSAGES)) if (await isChat(entry)) return true;
    return false;
  },

  async owner(archive) {
    for (const entry of findAll(archive, /(^|\/)user_info\.json$/i)) {
      for await (const { value } of findJson(entry, ['user.email'])) {
        if (typeof value === 'string' && value !== '') return [value.toLowerCase()];
      }
    }
    return [];
  },

  async *read(archive, me) {
    const isMe = isAmong([...me, ...(await googleChat.owner(archive))]);
    for (const entry of findAll(archive, MESSAGES)) {
      if (await isChat(entry)) yield* readGroup(entry, archive, isMe);
    }
  },
};

const MESSAGES = /(^|\/)messages\.json$/i;

async function isChat(entry: Entry): Promise<boolean> {
  const head = await headOf(entry);
  return (
    /"messages"\s*:/.test(head) && /"creator"\s*:/.test(head) && /"(?:created_date|topic_id|message_id)"\s*:/.test(head)
  );
}

async function* readGroup(
  entry: Entry,
  archive: Export,
  isMe: ReturnType<typeof isAmong>,
): AsyncGenerator<Unread | Omission> {
  const folder = entry.path.split('/').at(-2) ?? '';
  const hasTopics = await isSpace(entry, archive);
  for await (const found of readJson(entry, ['messages[]'])) {
    if ('omitted' in found) yield found;
    else {
      const { value, place, size } = found;
      yield { place, size, read: () => readMessage(value, place, { folder, hasTopics, isMe }) };
    }
  }
}

/** A space has a name and topics, each a conversation of its own; in a direct message all topics are one. */
async function isSpace(entry: Entry, archive: Export): Promise<boolean> {
  const path = entry.path.replace(MESSAGES, '$1group_info.json');
  const info = archive.entries.find((other) => other.path.toLowerCase() === path.toLowerCase());
  if (!info) return false;
  for await (const { value } of findJson(info, ['name'])) return text.parse(value) !== '';
  return false;
}

const messageSchema = z.object({
  creator: z.object({ name: text, email: text, user_type: text }).catch({ name: '', email: '', user_type: '' }),
  created_date: text,
  text,
  topic_id: id,
  message_id: id,
});

interface Group {
  readonly folder: string;
  readonly hasTopics: boolean;
  readonly isMe: ReturnType<typeof isAmong>;
}

function readMessage(value: unknown, place: string, { folder, hasTopics, isMe }: Group): Post | Omission {
  const parsed = messageSchema.safeParse(value);
  if (!parsed.success) return { omitted: 'unreadable', place };
  const { creator, created_date, text: words, topic_id, message_id } = parsed.data;
  if (creator.user_type !== '' && creator.user_type.toLowerCase() !== 'human') return { omitted: 'bot', place };
  // Deleted messages keep everything but their text; pictures never had one.
  if (words.trim() === '') return { omitted: 'no text', place };
  const author = creator.email.toLowerCase() || creator.name || 'unknown';
  return {
    service: 'google-chat',
    id: message_id || `${folder}/${topic_id}/${created_date}`,
    author: { id: author, ...(creator.name && { name: creator.name }) },
    mine: isMe(creator.email, creator.name),
    time: fromSpelled(created_date),
    text: words.trim(),
    markup: 'plain',
    kind: 'message',
    visibility: 'private',
    thread: hasTopics && topic_id ? `${folder}/${topic_id}` : folder,
  };
}
