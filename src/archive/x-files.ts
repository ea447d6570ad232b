/** Which file of an X archive holds what: by the variable that it assigns to, wherever it lies. */
import { findAll } from './find-entries.ts';
import type { Entry, Export } from './format.ts';
import type { Omission } from './post.ts';
import { findJson, headOf } from './read-json.ts';

export type XKind =
  | 'tweets'
  | 'notes'
  | 'community'
  | 'articles'
  | 'messages'
  | 'likes'
  | 'deleted'
  | 'account'
  | 'user';

export type XFiles = ReadonlyMap<XKind | 'manifest' | 'grailbird', readonly Entry[]>;

const ASSIGNMENT =
  /^\uFEFF?\s*(?:window\.YTD\.(?<global>\w+)\.part(?<part>\d+)|window\.(?<manifest>__THAR_CONFIG)|Grailbird\.data\.(?<month>tweets_\d{4}_\d{2})|var (?<user>user_details))\s*=/;

/** By the assigned name without underscores and plural, which changed over the years. */
const KINDS: Readonly<Record<string, XKind>> = {
  tweet: 'tweets',
  notetweet: 'notes',
  communitytweet: 'community',
  article: 'articles',
  directmessage: 'messages',
  directmessagegroup: 'messages',
  like: 'likes',
  deletedtweet: 'deleted',
  account: 'account',
};

/** Far more than an archive has; a folder with more of them is a programmer's. */
const MOST_SCRIPTS = 5000;

export async function xFiles(archive: Export): Promise<XFiles> {
  const found = new Map<XKind | 'manifest' | 'grailbird', { readonly entry: Entry; readonly part: number }[]>();
  for (const entry of findAll(archive, /\.js$/i).slice(0, MOST_SCRIPTS)) {
    const groups = ASSIGNMENT.exec(await headOf(entry, 256))?.groups;
    const kind = groups && kindOf(groups);
    if (kind) found.set(kind, [...(found.get(kind) ?? []), { entry, part: Number(groups.part ?? 0) }]);
  }
  return new Map(
    [...found].map(([kind, parts]) => [kind, parts.sort((a, b) => a.part - b.part).map(({ entry }) => entry)]),
  );
}

function kindOf({ global, manifest, month, user }: Record<string, string | undefined>) {
  if (manifest) return 'manifest';
  if (month) return 'grailbird';
  if (user) return 'user';
  return KINDS[(global ?? '').toLowerCase().replaceAll('_', '').replace('messages', 'message').replace(/s$/, '')];
}

/** What the manifest promises and the export lacks, of the files that hold the owner's words. */
export async function* missingFiles(archive: Export, files: XFiles): AsyncGenerator<Omission> {
  const paths = archive.entries.map(({ path }) => path.toLowerCase());
  for (const manifest of files.get('manifest') ?? []) {
    for await (const { value } of findJson(manifest, ['dataTypes.*.files[].fileName'])) {
      const name = typeof value === 'string' ? value.toLowerCase() : '';
      const isWanted = /(^|\/)(tweets?|note-tweet|community-tweet|article)(-part\d+)?\.js$/.test(name);
      if (isWanted && !paths.some((path) => path === name || path.endsWith(`/${name}`))) {
        yield { omitted: 'missing part', place: `${manifest.path}: ${name}` };
      }
    }
  }
}
