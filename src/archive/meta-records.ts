/** The records in a JSON file of Facebook or Instagram, whose layout changes every year. */
import type { Entry, Export, Unread } from './format.ts';
import { withoutMojibakeIn } from './mojibake.ts';
import type { Omission, Post } from './post.ts';
import { readJson } from './read-json.ts';

/** Of a record that stands alone: with one entry, the file may hold it instead of a list of one. */
const OWN_FIELDS = [
  'timestamp',
  'creation_timestamp',
  'title',
  'data',
  'attachments',
  'media',
  'label_values',
  'string_map_data',
  'media_list_data',
  'fbid',
  'uri',
];
const LISTS = ['[]', '*[]', '*.*[]'];

/** The elements of the list that the file is, of those in it, or the one record that it is, for `read`; letters mended. */
export async function* metaRecords(
  entry: Entry,
  read: (record: unknown, place: string) => Post | Omission,
): AsyncGenerator<Unread | Omission> {
  const single: Record<string, unknown> = {};
  const unread = (value: unknown, place: string, size: number): Unread => ({
    place,
    size,
    read: () => read(withoutMojibakeIn(value), place),
  });
  for await (const found of readJson(entry, [...OWN_FIELDS, ...LISTS])) {
    if ('omitted' in found) yield found;
    else if (LISTS.includes(found.pattern)) yield unread(found.value, found.place, found.size);
    else single[found.pattern] = found.value;
  }
  const isRecord = ['timestamp', 'creation_timestamp', 'label_values', 'string_map_data', 'media'].some(
    (key) => key in single,
  );
  if (isRecord) yield unread(single, entry.path, entry.size);
}

export type MetaService = 'facebook' | 'instagram';

/** Named by Instagram alone; the messages of both look the same. */
export const INSTAGRAM_FILE =
  /(^|\/)(?:posts_\d+|stories|reels|igtv_videos|archived_posts|other_content|profile_photos|post_comments(?:_\d+)?|reels_comments|threads_and_replies)\.json$/i;

/** Which of the two services an entry with messages is of: as its folders say, or the export's name, or the rest of it. */
export function metaServices(archive: Export): (entry: Entry) => MetaService {
  const all = named(archive.name.split(/[/\\]/).at(-1) ?? '');
  const rest = all ?? (archive.entries.some(({ path }) => INSTAGRAM_FILE.test(path)) ? 'instagram' : 'facebook');
  return ({ path }) => named(path) ?? rest;
}

function named(name: string): MetaService | undefined {
  if (/instagram/i.test(name)) return 'instagram';
  return /facebook|messenger/i.test(name) ? 'facebook' : undefined;
}
