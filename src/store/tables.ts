/** The rows of the store, as the newest migration leaves them. Times are ISO 8601 in UTC, so text order is time order. */
import type { Generated, GeneratedAlways } from 'kysely';

export interface Tables {
  drafts: DraftsTable;
  rounds: RoundsTable;
  candidates: CandidatesTable;
  decisions: DecisionsTable;
  edits: EditsTable;
  attempts: AttemptsTable;
  accounts: AccountsTable;
  servers: ServersTable;
  writers: WritersTable;
  usage: UsageTable;
  limits: LimitsTable;
  instances: InstancesTable;
  best_hours: BestHoursTable;
  timeline: TimelineTable;
  daemon: DaemonTable;
  archives: ArchivesTable;
  posts: PostsTable;
  forgotten: ForgottenTable;
  conversations: ConversationsTable;
  mentions: MentionsTable;
  opt_outs: OptOutsTable;
  listening: ListeningTable;
  measuring: MeasuringTable;
  outcomes: OutcomesTable;
  adapters: AdaptersTable;
  adapter_moves: AdapterMovesTable;
  nights: NightsTable;
}

export const STATUSES = [
  'pending',
  'approved',
  'publishing',
  'published',
  'rejected',
  'expired',
  'failed',
  'uncertain',
] as const;
export type Status = (typeof STATUSES)[number];

export type Blind = 'several' | 'one' | 'audit';

export interface DraftsTable {
  id: Generated<number>;
  persona: string;
  kind: 'post' | 'reply';
  status: Generated<Status>;
  provenance: Generated<'generated' | 'archived'>;
  prompt: string | null;
  /** The slot that the draft fills. */
  due_at: string;
  /** Set by approval: never before the slot, nor before the time to undo is over. */
  publish_at: Generated<string | null>;
  /** The approved text; null until a decision approves one. */
  text: Generated<string | null>;
  candidate_id: Generated<number | null>;
  url: Generated<string | null>;
  reason: Generated<string | null>;
  in_reply_to: string | null;
  /** Of a reply: who sees what it answers. */
  audience: Generated<MentionsTable['visibility'] | null>;
  created_at: string;
  decided_at: Generated<string | null>;
  published_at: Generated<string | null>;
  /**
   * Shown without scores, in an order that tells nothing: several candidates drawn by chance, or the one of the highest
   * score; `audit`: one that the program would have approved. Null where scores are shown.
   */
  blind: Generated<Blind | null>;
  /** By which its network knows it. */
  post_id: Generated<string | null>;
  /** When the program gave up finding out whether it was posted: its owner says so. */
  held_at: Generated<string | null>;
  /** JSON: how it is to go out, where its owner wants it otherwise than persona.yaml. */
  options: Generated<string>;
  /** Of a text that nobody generated: `own`, or `service:id` of the post of the archive; null: generated. */
  origin: Generated<string | null>;
  /** JSON: the texts of a thread, from when its first post is sent; null: one post. */
  parts: Generated<string | null>;
  /** Of a reply to its owner in a conversation, which goes nowhere: `name/turn`; null: for a network. */
  chat: Generated<string | null>;
  /** JSON: what such a reply answers, as it stands after corrections; an array of turns. */
  context: Generated<string | null>;
}

/** One call to the model, also when nothing came of it: a silence is a round without a draft. */
export interface RoundsTable {
  id: Generated<number>;
  draft_id: number | null;
  persona: string;
  model: string;
  model_hash: string;
  /** JSON: all that is needed to generate the same candidates again. */
  request: string;
  outcome: 'kept' | 'none passed' | 'failed';
  reason: string | null;
  created_at: string;
}

export interface CandidatesTable {
  id: Generated<number>;
  round_id: number;
  draft_id: number | null;
  /** 1, 2, … among the kept candidates of the round; null when it was not kept. */
  position: number | null;
  text: string;
  raw_text: string;
  tokens: number;
  /** The sum over the tokens, in nats. */
  log_probability: number;
  seed: number;
  kept: 0 | 1;
  score: number;
  /** JSON: `{ name, passed, reason? }[]`. */
  gates: string;
  /** JSON: `{ name, value, part }[]`. */
  features: string;
  /** Whether it passed every gate. */
  passed: Generated<0 | 1>;
  /** What the hand-set weights make of it, 0 to 1. */
  prior: Generated<number>;
  /** The mean-pooled last hidden state of the persona's frozen model, in half precision, little-endian. */
  hidden: Generated<Uint8Array | null>;
  /** The hash of that model. */
  hidden_model: Generated<string | null>;
  /** Why it was offered. */
  drawn_by: Generated<'score' | 'chance' | null>;
  /** The round in which it was offered: its own, or a later one where it was left over. */
  offered_in: Generated<number | null>;
  /** How it was found. */
  skill: Generated<'generate' | 'retrieve' | 'rule'>;
  /** Of a reply: how sure that skill is of it, 0 to 1. */
  confidence: Generated<number | null>;
  /** For the owner: where it is from. */
  because: Generated<string | null>;
}

/** Append-only: the store itself refuses to change or delete a decision. */
export interface DecisionsTable {
  id: Generated<number>;
  draft_id: number;
  candidate_id: number | null;
  action: 'picked' | 'edited' | 'rejected' | 'skipped' | 'more' | 'undone';
  text: string | null;
  reason: string | null;
  at: string;
  /** Only what the owner decided teaches. */
  by: Generated<'owner' | 'program'>;
}

/** An edited text, measured as candidates are. */
export interface EditsTable {
  decision_id: number;
  /** JSON: `{ name, value, part }[]`. */
  features: string;
  prior: number;
  hidden: Uint8Array | null;
  hidden_model: string | null;
  measured_at: string;
}

export interface AttemptsTable {
  id: Generated<number>;
  draft_id: number;
  network: string;
  /** The idempotency key: sending the same key again never makes a second post. */
  key: string;
  payload: string;
  started_at: string;
  finished_at: Generated<string | null>;
  outcome: Generated<'published' | 'refused' | 'unknown' | null>;
  url: Generated<string | null>;
  error: Generated<string | null>;
  /** The network's account, whichever persona posts there; null in rows of before it was kept. */
  account: string | null;
  /** JSON: the options that it was sent with. */
  options: Generated<string>;
  /** The id of the account's newest post before the first sending. */
  cursor: string | null;
  /** When it was first sent under its key; null: with this row. */
  first_sent_at: string | null;
  /** How often it was sent under its key, this time included. */
  sends: Generated<number>;
  /** When it was first looked for in vain after this sending. */
  missed_at: Generated<string | null>;
  /** When it is looked for next; null: at once. */
  look_at: Generated<string | null>;
  /** Looks in a row that brought no answer. */
  failed_looks: Generated<number>;
  post_id: Generated<string | null>;
  /** Where it is not quite as it was sent. */
  notice: Generated<string | null>;
  /** JSON: the ids of its pictures on the server, once they are there. */
  media_ids: Generated<string | null>;
  /** Which post of a thread, from 0 on. */
  part: Generated<number>;
  /** The post of the thread before it; of the first post, its draft says what it answers. */
  in_reply_to: Generated<string | null>;
  /** When its owner took it back from the network. */
  removed_at: Generated<string | null>;
}

/** What keeps a persona from posting: a pause until its owner has seen to it, or a wait that its network asked for. */
export interface AccountsTable {
  persona: string;
  paused_at: Generated<string | null>;
  paused_because: Generated<string | null>;
  /** How persona.yaml and .env stood: once they are others, it is tried again. */
  paused_files: Generated<string | null>;
  wait_until: Generated<string | null>;
  wait_because: Generated<string | null>;
  /** By `Network.identity`; null until its network was first asked. */
  identity: Generated<string | null>;
}

/** What was asked of a network in an hour (2026-11-27T01) or a month (2026-11) of UTC. */
export interface UsageTable {
  persona: string;
  kind: 'post' | 'read';
  period: string;
  /** Posts sent, or things read. */
  count: number;
  dollars: number;
  last_at: string;
}

/** The limit that was come nearest to, as the network last told it. */
export interface LimitsTable {
  persona: string;
  kind: 'post' | 'read';
  /** Empty where all of the kind have one limit. */
  endpoint: string;
  remaining: number;
  reset_at: string;
  told_at: string;
}

/** Servers that are out of order; one that is well has no row. */
export interface ServersTable {
  name: string;
  /** In a row. */
  failures: number;
  since: string;
  retry_at: string;
  reason: string;
}

/** The hours of the day that were found best. */
export interface BestHoursTable {
  persona: string;
  /** JSON: for how many hours, of which zone and waking hours, they were counted. */
  asked: string;
  /** JSON: an array of numbers, 0 to 23. */
  hours: string;
  because: string;
  counted_at: string;
}

/** What a server takes, as it last told. */
export interface InstancesTable {
  server: string;
  max_characters: number;
  characters_per_link: number;
  told_at: string;
  /** The address of its streams; null: it was not asked for it. */
  streaming: string | null;
  streaming_told_at: string | null;
}

/** Who posts to an account now. */
export interface WritersTable {
  account: string;
  holder: string;
  until: string;
}

/** The posts of the `local` network. */
export interface TimelineTable {
  id: Generated<number>;
  /** Who wrote it. */
  persona: string;
  /** 1: no persona, but its owner, who speaks to personas for a rehearsal. */
  visitor: Generated<0 | 1>;
  text: string;
  url: GeneratedAlways<string>;
  published_at: string;
  in_reply_to: string | null;
  key: string;
}

/** One row, while a daemon runs. */
export interface DaemonTable {
  id: Generated<1>;
  pid: number;
  started_at: string;
  beat_at: string;
  /** JSON: the newest figures of its model host. */
  host: string | null;
}

/** One export that was read by one format; read again, it keeps its row. */
export interface ArchivesTable {
  id: Generated<number>;
  persona: string;
  /** `mine`, or the name of the corpus of another author. */
  corpus: string;
  format: string;
  /** The files that it was read from, without their folders. */
  name: string;
  /** Of the paths and sizes of its entries. */
  content_hash: string;
  /** JSON: by which ids, names or addresses its owner was recognised. */
  owner: string;
  licence: string | null;
  /** JSON: how often each rule left something out. */
  omissions: Generated<string>;
  bytes_read: Generated<number>;
  bytes: number;
  /** JSON: where an import that was stopped can go on; null where it must begin again. */
  reached: Generated<string | null>;
  imported_at: string;
  /** Null while it is being read, and when that was stopped. */
  finished_at: Generated<string | null>;
}

/** A post as its archive has it; `service` and `post_id` name it for good, whatever export it comes in. */
export interface PostsTable {
  id: Generated<number>;
  archive_id: number;
  persona: string;
  service: string;
  post_id: string;
  author_id: string;
  author_name: string | null;
  mine: 0 | 1;
  time: string | null;
  text: string;
  markup: 'plain' | 'html' | 'markdown';
  kind: 'post' | 'article' | 'comment' | 'message' | 'mail';
  visibility: 'public' | 'unlisted' | 'followers' | 'private';
  title: string | null;
  thread: string | null;
  in_reply_to: string | null;
  url: string | null;
  language: string | null;
  /** JSON: an array of words. */
  tags: Generated<string>;
}

/** Posts that the owner wants gone: no import brings them back. */
export interface ForgottenTable {
  persona: string;
  hash: string;
  at: string;
}

export type AdapterStatus = 'candidate' | 'live' | 'retired' | 'refused';

/** What a persona was taught: a LoRA over its model, in `personas/<persona>/adapters/<id>/`. */
export interface AdaptersTable {
  id: Generated<number>;
  persona: string;
  status: AdapterStatus;
  /** The model that it was taught from, a folder under models/, and the SHA-256 of what that held. */
  parent: string;
  parent_hash: string;
  /** JSON: data hashes, decisions used, settings, seed, every number of the gate. */
  manifest: string;
  created_at: string;
}

/** Append-only: how each adapter came to its status. */
export interface AdapterMovesTable {
  id: Generated<number>;
  adapter_id: number;
  to_status: AdapterStatus;
  by: 'gate' | 'trial' | 'watch' | 'owner';
  reason: string;
  at: string;
}

/** Work of a persona's nights, such as training; each time that it was begun. */
export interface NightsTable {
  id: Generated<number>;
  persona: string;
  kind: NightKind;
  started_at: string;
  /** Null while it runs, and where it was cut off. */
  finished_at: Generated<string | null>;
  outcome: Generated<NightOutcome | null>;
  /** A sentence for the owner. */
  told: Generated<string | null>;
}

export type NightKind = 'train' | 'learn';

/** `stopped`: not at its end yet, and goes on in the next hours. `refused`: it came to its end, and the gate keeps it out. */
export type NightOutcome = 'done' | 'refused' | 'nothing new' | 'stopped' | 'failed';

/** What was said in one thread, as far as a persona took part in it. */
export interface ConversationsTable {
  id: Generated<number>;
  persona: string;
  /** The account that was spoken to. */
  account: string;
  /** The id of its first post that is known. */
  root: string;
  began_at: string;
}

/** A post that speaks to a persona, and what came of it. */
export interface MentionsTable {
  id: Generated<number>;
  persona: string;
  account: string;
  post_id: string;
  url: string;
  author_id: string;
  author_name: string;
  visibility: 'public' | 'unlisted' | 'followers' | 'direct';
  at: string;
  seen_at: string;
  status: 'waiting' | 'answered' | 'passed over';
  /** Why it was passed over. */
  reason: string | null;
  /** What it says, while it may still be answered; of one that was passed over it is not kept. */
  text: string | null;
  tries: Generated<number>;
  /** Not tried again before. */
  retry_at: Generated<string | null>;
  conversation_id: Generated<number | null>;
  draft_id: Generated<number | null>;
  /** JSON: the thread as it was read when it was answered, oldest first. */
  thread: Generated<string>;
}

/** Those who asked not to be answered. */
export interface OptOutsTable {
  persona: string;
  account: string;
  author_id: string;
  author_name: string;
  at: string;
}

export interface ListeningTable {
  persona: string;
  account: string;
  /** By the network, of the last mention that was taken in. */
  cursor: string | null;
  /** null: there is more to take in. */
  looked_at: string | null;
}

export interface MeasuringTable {
  persona: string;
  measured_at: string;
}

/** How a post stood when it was looked at. */
export interface OutcomesTable {
  id: Generated<number>;
  draft_id: number;
  at: string;
  likes: number;
  boosts: number;
  replies: number;
  /** 1: it was no longer there; the numbers are those of before. */
  is_gone: Generated<0 | 1>;
}
