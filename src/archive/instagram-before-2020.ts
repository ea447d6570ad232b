/** Instagram's first download: one file each for captions, comments and messages. */
import { z } from 'zod';
import { findAll } from './find-entries.ts';
import type { Entry, Export, Unread } from './format.ts';
import type { isAmong } from './identity.ts';
import { fromNaive, fromZoned } from './instant.ts';
import { listOf, text } from './loose-fields.ts';
import { metaPost } from './meta-post.ts';
import { withoutMojibakeIn } from './mojibake.ts';
import type { Omission, Post } from './post.ts';
import { headOf, readJson } from './read-json.ts';

const FILES = /(^|\/)(?:media|comments|messages|profile)\.json$/i;
const HEAD =
  /"(?:taken_at|media_comments|live_comments|date_joined)"\s*:|"participants"\s*:\s*\[[^\]]*\]\s*,\s*"conversation"\s*:/;

export async function filesBefore2020(archive: Export): Promise<Entry[]> {
  const found: Entry[] = [];
  for (const entry of findAll(archive, FILES)) {
    if (HEAD.test(await headOf(entry))) found.push(entry);
  }
  return found;
}

const CAPTIONS = ['photos[]', 'videos[]', 'stories[]', 'direct[]', 'profile[]'];
const COMMENTS = ['media_comments[]', 'live_comments[]'];
const TALK = ['[].participants', '[].conversation[]'];

export async function* readBefore2020(
  entry: Entry,
  name: string,
  isMe: ReturnType<typeof isAmong>,
): AsyncGenerator<Unread | Omission> {
  let thread = '';
  for await (const found of readJson(entry, [...CAPTIONS, ...COMMENTS, ...TALK])) {
    if ('omitted' in found) {
      yield found;
      continue;
    }
    const { pattern, value, place, size } = found;
    if (pattern === '[].participants') {
      thread = listOf(z.string()).parse(withoutMojibakeIn(value)).toSorted().join(', ');
      continue;
    }
    const within = { place, thread, isMe };
    const read = (mended: unknown) => {
      if (CAPTIONS.includes(pattern)) return readCaption(mended, place, name);
      return COMMENTS.includes(pattern) ? readComment(mended, place, name) : readMessage(mended, within);
    };
    yield { place, size, read: () => read(withoutMojibakeIn(value)) };
  }
}

const momentOf = (value: string) => fromZoned(value) ?? fromNaive(value);

function readCaption(value: unknown, place: string, author: string): Post | Omission {
  const media = z.object({ caption: text, taken_at: text }).safeParse(value).data;
  const words = media?.caption.trim();
  return media && words
    ? metaPost('instagram', { words, time: momentOf(media.taken_at), author: { id: author }, kind: 'post' })
    : { omitted: 'no text', place };
}

/** A triple of time, words, and whose picture it is. */
function readComment(value: unknown, place: string, author: string): Post | Omission {
  const [time = '', words = ''] = listOf(z.string()).parse(value);
  const said = { words: words.trim(), time: momentOf(time), author: { id: author }, kind: 'comment' } as const;
  return said.words ? metaPost('instagram', said) : { omitted: 'no text', place };
}

interface Thread {
  readonly place: string;
  readonly thread: string;
  readonly isMe: ReturnType<typeof isAmong>;
}

function readMessage(value: unknown, { place, thread, isMe }: Thread): Post | Omission {
  const message = z.object({ sender: text, created_at: text, text }).safeParse(value).data;
  const words = message?.text.trim();
  if (!message || !words) return { omitted: 'no text', place };
  const { id, ...post } = metaPost('instagram', {
    words,
    time: momentOf(message.created_at),
    author: { id: message.sender || 'instagram user' },
    kind: 'post',
  });
  return { ...post, id: `${thread}/${id}`, mine: isMe(message.sender), kind: 'message', visibility: 'private', thread };
}
