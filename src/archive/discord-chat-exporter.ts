/** The JSON of DiscordChatExporter, a tool that saves whole channels: with what others said, and without saying who "I" is. */
import { z } from 'zod';
import { discordWords, LONGEST_DISCORD } from './discord-text.ts';
import { findAll } from './find-entries.ts';
import type { Entry, Export, Unread } from './format.ts';
import type { isAmong } from './identity.ts';
import { fromZoned } from './instant.ts';
import { id, text } from './loose-fields.ts';
import { type Omission, type Post, withCut } from './post.ts';
import { headOf, readJson } from './read-json.ts';

const HEAD = /^\s*\{\s*"guild"\s*:\s*\{[\s\S]*"channel"\s*:\s*\{/;
/** Among many files only those named as the tool names them are looked at. */
const FEW_FILES = 50;

export async function savedChannels(archive: Export): Promise<Entry[]> {
  const named = /\[\d{16,32}\][^/]*\.json$/i;
  const found: Entry[] = [];
  for (const entry of findAll(archive, archive.entries.length <= FEW_FILES ? /\.json$/i : named)) {
    if (HEAD.test((await headOf(entry)).replace(/^\ufeff/, ''))) found.push(entry);
  }
  return found;
}

const named = z.object({ id, type: text }).catch({ id: '', type: '' });

export async function* readSavedChannel(
  entry: Entry,
  isMe: ReturnType<typeof isAmong>,
): AsyncGenerator<Unread | Omission> {
  const about = { guild: { id: '', type: '' }, channel: { id: '', type: '' } };
  for await (const found of readJson(entry, ['guild', 'channel', 'messages[]'])) {
    if ('omitted' in found) yield found;
    else if (found.pattern === 'guild' || found.pattern === 'channel') about[found.pattern] = named.parse(found.value);
    else {
      const { value, place, size } = found;
      yield { place, size, read: () => readMessage(value, place, about, isMe) };
    }
  }
}

const messageSchema = z.object({
  id,
  type: text,
  timestamp: text,
  content: text,
  author: z.object({ id, name: text, nickname: text, isBot: z.boolean().catch(false) }),
  reference: z.object({ messageId: id }).optional().catch(undefined),
});

function readMessage(
  value: unknown,
  place: string,
  { guild, channel }: { readonly guild: z.output<typeof named>; readonly channel: z.output<typeof named> },
  isMe: ReturnType<typeof isAmong>,
): Post | Omission | (Post | Omission)[] {
  const message = messageSchema.safeParse(value).data;
  if (!message?.id || !message.author.id) return { omitted: 'unreadable', place };
  if (message.type !== 'Default' && message.type !== 'Reply' && message.type !== '19')
    return { omitted: 'system line', place };
  if (message.author.isBot) return { omitted: 'bot', place };
  const said = discordWords(message.content);
  if ('omitted' in said) return { omitted: said.omitted, place };
  const { author, reference } = message;
  const post: Post = {
    service: 'discord',
    id: message.id,
    author: { id: author.id, name: author.nickname || author.name },
    mine: isMe(author.id, author.name, author.nickname),
    time: fromZoned(message.timestamp),
    text: said.words,
    markup: 'markdown',
    kind: 'message',
    visibility: channel.type.startsWith('Direct') ? 'private' : 'followers',
    thread: channel.id || entryThread(place),
    ...(reference?.messageId && { inReplyTo: reference.messageId }),
    url: `https://discord.com/channels/${channel.type.startsWith('Direct') ? '@me' : guild.id || '@me'}/${channel.id}/${message.id}`,
  };
  return withCut(post, message.content.length > LONGEST_DISCORD, place);
}

function entryThread(place: string): string {
  return place.split(',')[0]!;
}
