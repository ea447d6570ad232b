/** Direct messages of X: the whole conversation, of which the owner wrote a part. */
import { z } from 'zod';
import type { Entry, Unread } from './format.ts';
import { fromZoned } from './instant.ts';
import { id, listOf, text } from './loose-fields.ts';
import type { Omission, Post } from './post.ts';
import { readJson } from './read-json.ts';
import { expandLinks } from './x-tweet.ts';

const CONVERSATION = '[].dmConversation.conversationId';
const MESSAGES = '[].dmConversation.messages[]';

const messageSchema = z.object({
  messageCreate: z.object({
    id,
    senderId: id,
    text,
    createdAt: text,
    urls: listOf(z.object({ url: text, expanded: text })),
  }),
});

export async function* readMessages(
  entry: Entry,
  isMe: (...known: readonly string[]) => boolean,
): AsyncGenerator<Unread | Omission> {
  let conversation = '';
  for await (const found of readJson(entry, [CONVERSATION, MESSAGES])) {
    if ('omitted' in found) yield found;
    else if (found.pattern === CONVERSATION) conversation = id.parse(found.value);
    else {
      const { value, place, size } = found;
      const thread = conversation;
      yield { place, size, read: () => readMessage(value, place, thread, isMe) };
    }
  }
}

function readMessage(
  value: unknown,
  place: string,
  thread: string,
  isMe: (...known: readonly string[]) => boolean,
): Post | Omission {
  const { data } = messageSchema.safeParse(value);
  // Someone joined, left, or named the conversation.
  if (!data) return { omitted: 'system line', place };
  const { messageCreate: message } = data;
  if (message.id === '' || message.senderId === '') return { omitted: 'unreadable', place };
  const links = new Map(message.urls.map(({ url, expanded }) => [url, expanded || url]));
  const words = expandLinks(message.text, links).trim();
  if (words === '') return { omitted: 'no text', place };
  return {
    service: 'x',
    id: `dm-${message.id}`,
    author: { id: message.senderId },
    mine: isMe(message.senderId),
    time: fromZoned(message.createdAt),
    text: words,
    markup: 'plain',
    kind: 'message',
    visibility: 'private',
    ...(thread && { thread }),
  };
}
