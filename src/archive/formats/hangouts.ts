/** Google Hangouts in Takeout, until 2022: one Hangouts.json, laid out anew in June 2018. */
import { z } from 'zod';
import { findAll } from '../find-entries.ts';
import type { Entry, Export, Format, Unread } from '../format.ts';
import { inMostThreads, isAmong } from '../identity.ts';
import { fromMicroseconds } from '../instant.ts';
import { id, listOf, text } from '../loose-fields.ts';
import type { Omission, Post } from '../post.ts';
import { type Found, findJson, headOf, readJson } from '../read-json.ts';

/** Since 2018, and before; what tells of a conversation stands before its events. */
const CONVERSATIONS = [
  'conversations[].conversation',
  'conversation_state[].conversation_state.conversation',
  'conversation_state[].conversation',
];
const EVENTS = [
  'conversations[].events[]',
  'conversation_state[].conversation_state.event[]',
  'conversation_state[].event[]',
];

export const hangouts: Format = {
  name: 'hangouts',
  sources: [
    {
      service: 'Hangouts',
      where: 'takeout.google.com, in exports made before 2023; newer ones have it in Google Chat',
      drop: 'all zips of one export',
    },
  ],

  async detect(archive) {
    return (await files(archive)).length > 0;
  },

  /** Whose read state the conversations have; else who takes part in most of them. */
  async owner(archive) {
    const threads: string[][] = [];
    for (const entry of await files(archive)) {
      for await (const found of findJson(entry, CONVERSATIONS)) {
        const { self, people } = conversationOf(found);
        if (self) return [self];
        threads.push([...people.keys()]);
      }
    }
    const owner = inMostThreads(threads);
    return owner === undefined ? [] : [owner];
  },

  async *read(archive, me) {
    const isMe = isAmong([...me, ...(await hangouts.owner(archive))]);
    for (const entry of await files(archive)) yield* readFile(entry, isMe);
  },
};

async function files(archive: Export): Promise<Entry[]> {
  const found: Entry[] = [];
  for (const entry of findAll(archive, /\.json$/i)) {
    if (!/hangouts[^/]*\.json$/i.test(entry.path) && archive.entries.length > 10) continue;
    const head = await headOf(entry);
    if (/"(?:conversations|conversation_state)"\s*:\s*\[/.test(head) && /"conversation(?:_id)?"\s*:/.test(head))
      found.push(entry);
  }
  return found;
}

const personId = z.object({ gaia_id: id, chat_id: id }).catch({ gaia_id: '', chat_id: '' });

const conversationSchema = z.object({
  id: z.object({ id }).catch({ id: '' }),
  conversation_id: z.object({ id }).catch({ id: '' }),
  self_conversation_state: z
    .object({ self_read_state: z.object({ participant_id: personId }) })
    .optional()
    .catch(undefined),
  participant_data: listOf(z.object({ id: personId, fallback_name: text })),
});

interface Conversation {
  readonly id: string;
  readonly self: string;
  /** Names by id; a name may be missing. */
  readonly people: ReadonlyMap<string, string>;
}

/** Since 2018 a conversation is within another: `{ conversation_id, conversation: { … } }`. */
function conversationOf({ value }: Pick<Found, 'value'>): Conversation {
  const outer = conversationSchema.safeParse(value).data;
  const nested = z.object({ conversation: z.unknown().optional() }).safeParse(value).data?.conversation;
  const inner = nested === undefined ? outer : conversationSchema.safeParse(nested).data;
  const people = inner?.participant_data.map((person) => [keyOf(person.id), person.fallback_name] as const) ?? [];
  return {
    id: [outer?.conversation_id.id, inner?.conversation_id.id, inner?.id.id].find(Boolean) ?? '',
    self: keyOf(inner?.self_conversation_state?.self_read_state.participant_id),
    people: new Map(people.filter(([key]) => key !== '')),
  };
}

function keyOf(person: z.output<typeof personId> | undefined): string {
  return person?.gaia_id || person?.chat_id || '';
}

async function* readFile(entry: Entry, isMe: ReturnType<typeof isAmong>): AsyncGenerator<Unread | Omission> {
  let position: string | undefined;
  let conversation: Conversation = { id: '', self: '', people: new Map() };
  for await (const found of readJson(entry, [...CONVERSATIONS, ...EVENTS])) {
    if ('omitted' in found) {
      yield found;
      continue;
    }
    if (found.path[1] !== position) conversation = { id: `conversation ${found.path[1]}`, self: '', people: new Map() };
    position = found.path[1];
    if (EVENTS.includes(found.pattern)) {
      const within = conversation;
      yield { place: found.place, size: found.size, read: () => readEvent(found, within, isMe) };
    } else {
      const read = conversationOf(found);
      conversation = { ...read, id: read.id || conversation.id };
    }
  }
}

const eventSchema = z.object({
  event_id: id,
  conversation_id: z.object({ id }).catch({ id: '' }),
  sender_id: personId,
  timestamp: id,
  event_type: text,
  chat_message: z
    .object({ message_content: z.object({ segment: listOf(z.object({ type: text, text })) }) })
    .optional()
    .catch(undefined),
});

function readEvent(found: Found, conversation: Conversation, isMe: ReturnType<typeof isAmong>): Post | Omission {
  const { place } = found;
  const parsed = eventSchema.safeParse(found.value);
  if (!parsed.success) return { omitted: 'unreadable', place };
  const event = parsed.data;
  if (!event.chat_message)
    return { omitted: event.event_type === 'REGULAR_CHAT_MESSAGE' ? 'no text' : 'system line', place };
  const words = event.chat_message.message_content.segment
    .map((segment) => (segment.type === 'LINE_BREAK' ? '\n' : segment.text))
    .join('')
    .trim();
  if (words === '') return { omitted: 'no text', place };
  const author = keyOf(event.sender_id);
  const name = conversation.people.get(author);
  const thread = event.conversation_id.id || conversation.id;
  return {
    service: 'hangouts',
    id: event.event_id || `${thread}/${event.timestamp}/${author}`,
    author: { id: author || 'unknown', ...(name && { name }) },
    mine: isMe(author, event.sender_id.chat_id, name),
    time: fromMicroseconds(event.timestamp),
    text: words,
    markup: 'plain',
    kind: 'message',
    visibility: 'private',
    thread,
  };
}
