/** Facebook's JSON download, in its layouts since 2018, and Messenger's download of end-to-end encrypted chats. */
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import { findAll } from '../find-entries.ts';
import type { Entry, Export, Format } from '../format.ts';
import { inMostThreads, isAmong } from '../identity.ts';
import { fromSeconds } from '../instant.ts';
import { id, listOf, text } from '../loose-fields.ts';
import { readLabels } from '../meta-labels.ts';
import { participantsOf, readThread, threadFiles } from '../meta-messages.ts';
import { metaPost } from '../meta-post.ts';
import { INSTAGRAM_FILE, metaRecords } from '../meta-records.ts';
import { withoutMojibake } from '../mojibake.ts';
import type { Omission, Post } from '../post.ts';
import { findJson, headOf } from '../read-json.ts';

/** Facebook names files in English whatever the language; of these the rest is what others wrote, or earlier versions. */
const WRITTEN = /(^|\/)[^/]*(?:posts|comments|notes)[^/]*\.json$/i;
const NOT_WRITTEN =
  /(?:saved|liked|hidden|viewed|tagged|edits|drafts?|suggest|recommend|reactions?_?\d*\.json$|interact|trash|polls?_you_voted)[^/]*$/i;
const PROFILE = /(^|\/)profile_information\.json$/i;
const IN_HTML = /(^|\/)(?:your_posts[^/]*|message_\d+|comments|profile_information)\.html$/i;

export const facebook: Format = {
  name: 'facebook',
  sources: [
    {
      service: 'Facebook',
      where: 'Settings, Download your information; format JSON, quality low',
      drop: 'all zips of one export together',
    },
    {
      service: 'Messenger, encrypted chats',
      where: 'messenger.com/secure_storage/dyi, a download of its own',
      drop: 'the zip',
    },
  ],

  async detect(archive) {
    if (findAll(archive, IN_HTML).length > 0 || findAll(archive, PROFILE).length > 0) return true;
    return (await writtenFiles(archive)).length > 0 || (await threadFiles(archive, 'facebook')).length > 0;
  },

  /** By the profile; in a download without one, who takes part in most conversations. */
  async owner(archive) {
    for (const entry of findAll(archive, PROFILE)) {
      for await (const { value } of findJson(entry, ['*.name.full_name', '*.full_name'])) {
        if (typeof value === 'string' && value.trim() !== '') return [withoutMojibake(value)];
      }
    }
    const owner = inMostThreads(await participantsOf(await threadFiles(archive, 'facebook')));
    return owner === undefined ? [] : [owner];
  },

  async *read(archive, me) {
    const [written, threads] = [await writtenFiles(archive), await threadFiles(archive, 'facebook')];
    const [page] = findAll(archive, IN_HTML);
    if (page && written.length + threads.length === 0) {
      throw new UserError(`${archive.name}, ${page.path}: expected Facebook's JSON, found its HTML`, {
        hint: 'Ask for the download again and choose JSON as the format',
      });
    }
    const owner = await facebook.owner(archive);
    const isMe = isAmong([...me, ...owner]);
    const own = { name: owner[0] ?? me[0] ?? 'owner', isMe };
    for (const entry of written) yield* metaRecords(entry, (record, place) => readWritten(record, place, entry, own));
    for (const entry of threads) yield* readThread(entry, 'facebook', isMe);
  },
};

async function writtenFiles(archive: Export): Promise<Entry[]> {
  const found: Entry[] = [];
  for (const entry of findAll(archive, WRITTEN)) {
    if (NOT_WRITTEN.test(entry.path) || INSTAGRAM_FILE.test(entry.path) || /instagram/i.test(entry.path)) continue;
    const head = await headOf(entry, 1 << 14);
    if (/"(?:timestamp|created_timestamp|label_values)"\s*:/.test(head)) found.push(entry);
  }
  return found;
}

const media = z.object({ description: text }).optional().catch(undefined);
const recordSchema = z.object({
  timestamp: z.unknown().optional(),
  created_timestamp: z.unknown().optional(),
  fbid: id,
  /** The owner's in notes; elsewhere Facebook's sentence about the post. */
  title: text,
  text,
  data: listOf(
    z.object({
      post: text,
      comment: z
        .object({ timestamp: z.unknown().optional(), comment: text, author: text, group: text })
        .optional()
        .catch(undefined),
    }),
  ),
  attachments: listOf(z.object({ data: listOf(z.object({ media })) })),
  label_values: z.unknown().optional(),
});
type Written = z.output<typeof recordSchema>;

interface Owner {
  readonly name: string;
  readonly isMe: ReturnType<typeof isAmong>;
}

function readWritten(record: unknown, place: string, { path }: Entry, owner: Owner): Post | Omission {
  const written = recordSchema.safeParse(record).data;
  if (!written) return { omitted: 'unreadable', place };
  if (/(^|\/)notes[^/]*\.json$/i.test(path)) return readNote(written, place, owner);
  if (written.data.some(({ comment }) => comment)) return readComment(written, place, owner);
  return readPost(written, place, owner, /comment/i.test(path));
}

function readPost(written: Written, place: string, owner: Owner, isComments: boolean): Post | Omission {
  const labels = readLabels(written.label_values);
  if (labels.author !== undefined && !owner.isMe(labels.author)) return { omitted: 'by others', place };
  const said = written.data.map(({ post }) => post.trim()).filter((post) => post !== '');
  // A picture's description repeats the post, or is all there is.
  const described = written.attachments.flatMap(({ data }) => data.map((one) => one.media?.description.trim() ?? ''));
  const words =
    [...new Set(said.length > 0 ? said : described)].filter((one) => one !== '').join('\n\n') || labels.words;
  if (words === '') {
    const [label] = labels.unknown;
    return label ? { omitted: 'unknown label', place: `${place}: ${label}` } : { omitted: 'no text', place };
  }
  const time = fromSeconds(written.timestamp ?? labels.timestamp);
  // In a file that has posts and comments of groups alike, a comment says so itself.
  const kind = isComments && said.length === 0 && labels.words !== '' ? 'comment' : 'post';
  return {
    ...metaPost('facebook', { words, time, author: authorOf(owner), kind }),
    ...(written.fbid && { id: written.fbid }),
  };
}

function readComment(written: Written, place: string, owner: Owner): Post | Omission {
  const comment = written.data.find((one) => one.comment)!.comment!;
  const words = comment.comment.trim();
  if (words === '') return { omitted: 'no text', place };
  if (!owner.isMe(comment.author)) return { omitted: comment.author ? 'by others' : 'author unknown', place };
  const time = fromSeconds(comment.timestamp ?? written.timestamp);
  const post = metaPost('facebook', { words, time, author: authorOf(owner), kind: 'comment' });
  return comment.group ? { ...post, thread: comment.group } : post;
}

function readNote(written: Written, place: string, owner: Owner): Post | Omission {
  const words = written.text.trim();
  if (words === '') return { omitted: 'no text', place };
  const time = fromSeconds(written.created_timestamp ?? written.timestamp);
  const post = metaPost('facebook', { words, time, author: authorOf(owner), kind: 'article' });
  return {
    ...post,
    markup: /<\w+[^<>]*>/.test(words) ? 'html' : 'plain',
    ...(written.title && { title: written.title }),
  };
}

function authorOf({ name }: Owner): Post['author'] {
  return { id: name, name };
}
