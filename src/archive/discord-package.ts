/** Discord's own data package: all that its owner wrote, and nothing of those who answered. */
import { z } from 'zod';
import { readCsv } from './csv-records.ts';
import { type DiscordWords, discordWords, LONGEST_DISCORD } from './discord-text.ts';
import { findAll } from './find-entries.ts';
import type { Entry, Export, Unread } from './format.ts';
import { inMostThreads } from './identity.ts';
import { fromMilliseconds, fromNaive, fromZoned } from './instant.ts';
import { id, listOf, text } from './loose-fields.ts';
import { type Omission, type Post, withCut } from './post.ts';
import { findJson, readJson } from './read-json.ts';

/** Folders are named in the language of the account since 2025, and without `c` before December 2021. */
const CHANNEL = /(^|\/)c?\d{16,32}\/channel\.json$/i;
const MESSAGES = /(^|\/)c?\d{16,32}\/messages\.(?:json|csv)$/i;

export function channelFiles(archive: Export): Entry[] {
  return findAll(archive, CHANNEL);
}

/** Whoever the package belongs to, when it says neither itself nor by the conversations in it. */
const SOMEBODY = 'owner';

/** By the account's file, which may be missing; else who takes part in most direct messages. */
export async function packageOwner(archive: Export): Promise<string> {
  for (const account of accountFiles(archive)) {
    const fields: Record<string, unknown> = {};
    for await (const { path, value } of findJson(account, ['id', 'username'])) fields[path[0]!] = value;
    const owner = id.parse(fields.id);
    if (/^\d{15,25}$/.test(owner) && text.parse(fields.username) !== '') return owner;
  }
  const recipients = await Array.fromAsync(
    channelFiles(archive),
    async (entry) => (await readChannel(entry)).recipients,
  );
  return inMostThreads(recipients) ?? SOMEBODY;
}

/** In a folder beside that of the messages. The activities have a user.json as well, about somebody else: deeper down. */
function accountFiles(archive: Export): Entry[] {
  const up = (path: string, folders: number) => path.split('/').slice(0, -folders).join('/').toLowerCase();
  const roots = new Set(channelFiles(archive).map(({ path }) => up(path, 3)));
  return findAll(archive, /(^|\/)[^/]+\/user\.json$/i).filter(({ path }) => roots.has(up(path, 2)));
}

export async function* readPackage(archive: Export): AsyncGenerator<Unread | Omission> {
  const owner = await packageOwner(archive);
  const messageFiles = new Map(findAll(archive, MESSAGES).map((entry) => [folderOf(entry), entry]));
  for (const entry of channelFiles(archive)) {
    const channel = await readChannel(entry);
    const messages = messageFiles.get(folderOf(entry));
    if (messages) yield* rowsOf(messages, (fields, place) => readRow(fields, place, channel, owner));
    else yield { omitted: 'channel without messages', place: entry.path };
  }
}

function folderOf({ path }: Entry): string {
  return path.slice(0, path.lastIndexOf('/') + 1).toLowerCase();
}

interface Channel {
  readonly id: string;
  readonly guild: string;
  readonly isDirect: boolean;
  readonly recipients: readonly string[];
}

/** As words since 2022, as numbers before. */
const DIRECT = new Set(['DM', 'GROUP_DM', '1', '3']);
const channelSchema = z.object({
  id,
  type: id,
  guild: z.object({ id }).catch({ id: '' }),
  recipients: listOf(z.union([z.string(), z.number().transform(String)])),
});

async function readChannel(entry: Entry): Promise<Channel> {
  const fields: Record<string, unknown> = {};
  for await (const { path, value } of findJson(entry, ['id', 'type', 'guild', 'recipients'])) fields[path[0]!] = value;
  const { id: own, type, guild, recipients } = channelSchema.parse(fields);
  const folder = /c?(\d{16,32})\/channel\.json$/i.exec(entry.path)?.[1] ?? '';
  return {
    id: own || folder,
    guild: guild.id,
    isDirect: DIRECT.has(type) || (type === '' && guild.id === ''),
    recipients,
  };
}

async function* rowsOf(
  messages: Entry,
  readFields: (fields: unknown, place: string) => Post | Omission,
): AsyncGenerator<Unread | Omission> {
  const unread = (fields: Readonly<Record<string, unknown>>, place: string, size: number): Unread => {
    const isCut = typeof fields.contents === 'string' && fields.contents.length > LONGEST_DISCORD;
    return { place, size, read: () => withCut(readFields(fields, place), isCut, place) };
  };
  if (messages.path.toLowerCase().endsWith('.csv')) {
    for await (const found of readCsv(messages)) {
      if ('omitted' in found) yield found;
      else yield unread(found.record, found.place, found.size);
    }
    return;
  }
  for await (const found of readJson(messages, ['[]'])) {
    if ('omitted' in found) yield found;
    else yield unread(lowerKeys(found.value), found.place, found.size);
  }
}

function lowerKeys(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key.toLowerCase(), field]));
}

const rowSchema = z.object({ id, timestamp: text, contents: text });

function readRow(fields: unknown, place: string, channel: Channel, owner: string): Post | Omission {
  const row = rowSchema.safeParse(fields).data;
  if (!row || !/^\d{1,25}$/.test(row.id)) return { omitted: 'unreadable', place };
  const said: DiscordWords = discordWords(row.contents);
  if ('omitted' in said) return { omitted: said.omitted, place };
  return {
    service: 'discord',
    id: row.id,
    author: { id: owner },
    mine: true,
    time: fromZoned(row.timestamp) ?? fromNaive(row.timestamp) ?? fromSnowflake(row.id),
    text: said.words,
    markup: 'markdown',
    kind: 'message',
    // Who is on a server can read it, and nobody else.
    visibility: channel.isDirect ? 'private' : 'followers',
    thread: channel.id,
    url: `https://discord.com/channels/${channel.guild || '@me'}/${channel.id}/${row.id}`,
  };
}

/** An id begins with the milliseconds since 2015. */
function fromSnowflake(snowflake: string): string | null {
  return fromMilliseconds(Number(BigInt(snowflake) >> 22n) + Date.UTC(2015, 0));
}
