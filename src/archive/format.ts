/** The contract between a container of files and the formats that know what the files mean. */
import type { Readable } from 'node:stream';
import type { Omission, Post } from './post.ts';

/** One file in a folder, a zip, a tar.gz, or a single file given as such. */
export interface Entry {
  /** With `/` between folders, relative to the container; a nested archive's entries follow its own name and `!/`. */
  readonly path: string;
  /** In bytes, uncompressed, as far as known. */
  readonly size: number;
  /** A stream of the content; bounded by limits on size and compression ratio. */
  open(): Promise<Readable>;
  /** The first bytes, for detection. */
  head(bytes: number): Promise<Buffer>;
  /** Of a file that lies open on disk: its content from a byte on. */
  openAt?(offset: number): Promise<Readable>;
  /** When such a file was last changed, in milliseconds since 1970. */
  readonly changedAt?: number;
}

/** Where in which entry the next document begins, in bytes: reading can go on there. */
export interface Mark {
  readonly path: string;
  readonly offset: number;
}

/** One export, its parts joined: what formats read. */
export interface Export {
  /** The path that the person gave, for messages. */
  readonly name: string;
  readonly entries: readonly Entry[];
}

/** Names, addresses, handles or ids by which the person says who they are; compared without case. */
export type Me = readonly string[];

/** What a person may say of an export that does not say it. */
export interface Hints {
  /** Of clocks whose zone is not known, such as `Europe/Berlin`; without it they are taken for UTC. */
  readonly zone?: string | undefined;
  /** What `3/4/21` is; without it what fits all dates of a chat. */
  readonly dates?: 'day first' | 'month first' | undefined;
  /** Of Tumblr: tags that are sentences are what the owner says, and a post of their own. */
  readonly tagsAsTalk?: boolean | undefined;
}

/** A document that a format has found in an export. */
export interface Unread {
  /** The entry, and where in it, for messages. */
  readonly place: string;
  /** About how many characters or bytes it has: so much is held in memory until it is read. */
  readonly size: number;
  /** Behind it; only of formats that can go on there. */
  readonly mark?: Mark;
  /** Called once, in the order in which documents are found, and given up when it takes too long: what is slow belongs here. */
  read(): Post | Omission | readonly (Post | Omission)[];
}

/** For a format that must know what came of all documents before it finds the next: they are read some at a time. */
export const READ_ALL_BEFORE: Unread = { place: '', size: Number.POSITIVE_INFINITY, read: () => [] };

/** Where what a format reads comes from. */
export interface Source {
  readonly service: string;
  /** In which menu, or at which address, a person asks for the export. */
  readonly where: string;
  /** What to give of that which one gets. */
  readonly drop: string;
}

export interface Format {
  /** `x`, `mastodon`, `gmail`: also the service of its posts. */
  readonly name: string;
  /** For `archive formats` and docs/archives.md. */
  readonly sources: readonly Source[];
  /** How often it reads the whole export, where that is more than once. */
  readonly readings?: number;
  /** By structure and content, never by English names of folders. Cheap: looks at paths and heads. */
  detect(archive: Export): Promise<boolean>;
  /**
   * Who the owner is, where the export says so: ids as in `Post.author.id`. Empty where it does not; then `me` is asked for.
   */
  owner(archive: Export): Promise<readonly string[]>;
  /** Who may be the owner, where only what that one wrote is read and `owner` does not know: names as `me` takes them. */
  candidates?(archive: Export): Promise<readonly string[]>;
  /**
   * Every document, in any order, streaming; what is found to be none is an omission at once. `readInTime` reads them. One
   * unreadable document is an omission; only what makes the whole export unreadable throws a UserError that names file and entry.
   * `from` is a mark of an earlier reading of the very same files: what stands before it need not be found again.
   */
  read(archive: Export, me: Me, hints?: Hints, from?: Mark): AsyncIterable<Unread | Omission>;
}
