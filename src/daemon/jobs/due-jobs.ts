/** What the daemon should do now. Pure: the state comes from the store, the decision goes to the workers. */
import type { DraftKind } from '../../queue/claim.ts';
import type { NightKind } from '../../store/tables.ts';
import { isDue, isInHours, type NightState } from '../nights/night.ts';
import { mayPost, type PostSchedule } from '../schedule/schedule.ts';

export type JobKind = 'listen' | 'reply' | 'compose' | 'publish' | 'measure' | NightKind;
export type JobName = `${JobKind}:${string}`;

export interface PersonaState {
  readonly name: string;
  readonly posts: PostSchedule;
  /** Posts to have ready, and those that are: pending or approved. */
  readonly ahead: number;
  readonly waiting: number;
  /** Of the approved post that goes first. */
  readonly publishAt: Date | null;
  readonly lastPost: Date | null;
  readonly replies: ReplyState;
  /** When it is to be looked at next what came of its posts; null: it has none. */
  readonly measureAt: Date | null;
  /** Rounds in a row that brought no draft, and when the last of them was. */
  readonly silentRounds: number;
  readonly lastRound: Date | null;
  /** Drafts of which nobody knows whether they were posted, and when the first of them is looked for; null: now. */
  readonly unsettled: number;
  readonly lookAt: Date | null;
  /** Until its owner has seen to its account. */
  readonly isPaused: boolean;
  /** Its network is to be left alone before. */
  readonly waitUntil: Date | null;
  /** Work that the persona allows in certain hours. */
  readonly nights: readonly NightState[];
  /** It has spent what it may spend on posts before. */
  readonly postsFrom: Date | null;
  /** It has spent what it may spend on reading before. */
  readonly readsFrom: Date | null;
}

export interface ReplyState {
  /** In an hour. */
  readonly most: number;
  /** When the network is to be asked for mentions; null: not at all. */
  readonly listenAt: Date | null;
  /** Mentions that may be answered now. */
  readonly waiting: number;
  /** Written in the last hour, and not turned down. */
  readonly written: number;
  /** Of the approved reply that goes first. */
  readonly publishAt: Date | null;
  /** Published in the last hour. */
  readonly published: number;
}

export interface Jobs {
  readonly now: Date;
  readonly running: ReadonlySet<string>;
  /** Of jobs that failed and did not succeed since. */
  readonly failures: ReadonlyMap<string, JobFailures>;
  /** Personas to whom somebody has just spoken, as their network's stream says. */
  readonly rung?: ReadonlySet<string>;
  /** What is not allowed takes no other job's place; without it, all is. */
  readonly allows?: (job: JobName) => boolean;
}

export interface JobFailures {
  readonly count: number;
  readonly last: Date;
}

/** Each is a thread with a heap of its own, and memory and processor are for the model, which serves one at a time. */
const MOST_WORKERS = 2;
const MOST_COMPOSING = 1;
/** Its thread only waits for a process of the lowest priority, so it takes no place of those; but two would take the memory. */
const MOST_NIGHT_WORK = 1;

/**
 * The jobs to start now: what leaves first, then what hears, then answers before posts, and of these what fills the
 * emptiest queue, then what looks back, then the work of the nights.
 */
export function dueJobs(personas: readonly PersonaState[], jobs: Jobs): readonly JobName[] {
  const { allows = () => true } = jobs;
  const isFree = (job: JobName) =>
    allows(job) && !jobs.running.has(job) && isOver(waitAfter(jobs.failures.get(job)), jobs.now);
  const publishing = personas
    .filter((state) => shouldPublish(state, jobs.now))
    .map(({ name }) => jobName('publish', name));
  const listening = personas.filter((state) => shouldListen(state, jobs)).map(({ name }) => jobName('listen', name));
  const replying = personas
    .filter((state) => shouldReply(state, jobs.now))
    .toSorted((a, b) => a.replies.written - b.replies.written)
    .map(({ name }) => jobName('reply', name));
  const measuring = personas
    .filter((state) => mayRead(state, jobs.now) && state.measureAt !== null && state.measureAt <= jobs.now)
    .map(({ name }) => jobName('measure', name));
  const composing = personas
    .filter((state) => shouldCompose(state, jobs.now))
    .toSorted((a, b) => a.waiting / a.ahead - b.waiting / b.ahead || timeOf(a.lastRound) - timeOf(b.lastRound))
    .map(({ name }) => jobName('compose', name));
  const atNight = personas
    .flatMap(({ name, nights }) => nights.map((night) => ({ name, night })))
    .filter(({ night }) => isDue(night, jobs.now))
    .toSorted((a, b) => timeOf(a.night.last?.startedAt ?? null) - timeOf(b.night.last?.startedAt ?? null))
    .map(({ name, night }) => jobName(night.kind, name));
  const running = [...jobs.running];
  const inThreads = running.filter((job) => !isNightWork(job));
  const alreadyComposing = inThreads.filter((job) => kindOf(job) === 'compose' || kindOf(job) === 'reply').length;
  return [
    ...[
      ...publishing.filter(isFree),
      ...listening.filter(isFree),
      ...[...replying, ...composing].filter(isFree).slice(0, Math.max(0, MOST_COMPOSING - alreadyComposing)),
      ...measuring.filter(isFree),
    ].slice(0, Math.max(0, MOST_WORKERS - inThreads.length)),
    ...atNight.filter(isFree).slice(0, Math.max(0, MOST_NIGHT_WORK - (running.length - inThreads.length))),
  ];
}

/** Work of the nights that runs, and whose hours are over or which the persona no longer wants. */
export function jobsToStop(personas: readonly PersonaState[], { now, running }: Pick<Jobs, 'now' | 'running'>) {
  return [...running].filter(isNightWork).filter((job) => {
    const state = personas.find(({ name }) => name === personaOf(job));
    const night = state?.nights.find(({ kind }) => kind === kindOf(job));
    return night === undefined || !isInHours(night.hours, now);
  });
}

const NIGHT_WORK = { train: true, learn: true } satisfies Record<NightKind, true>;

export function isNightWork(job: string): boolean {
  return Object.hasOwn(NIGHT_WORK, kindOf(job));
}

function jobName<Kind extends JobKind>(kind: Kind, persona: string): `${Kind}:${string}` {
  return `${kind}:${persona}`;
}

export function kindOf(job: string): string {
  return job.slice(0, job.indexOf(':'));
}

export function personaOf(job: string): string {
  return job.slice(job.indexOf(':') + 1);
}

export function shouldPublish(state: PersonaState, now: Date): boolean {
  if (!mayAsk(state, now)) return false;
  if (state.unsettled > 0) return timeOf(state.lookAt) <= now.getTime(); // nothing else is posted before it is settled
  return kindsDue(state, now).length > 0;
}

/** Posts keep their distance from each other, also when a dozen is approved at once; replies go out by the hour. */
export function kindsDue(state: PersonaState, now: Date): readonly DraftKind[] {
  const { posts, publishAt, lastPost, postsFrom, replies } = state;
  if (timeOf(postsFrom) > now.getTime()) return [];
  const isPostDue = publishAt !== null && publishAt <= now && mayPost(posts, { last: lastPost, now });
  const isReplyDue = replies.publishAt !== null && replies.publishAt <= now && replies.published < replies.most;
  return [...(isReplyDue ? (['reply'] as const) : []), ...(isPostDue ? (['post'] as const) : [])];
}

function mayRead(state: PersonaState, now: Date): boolean {
  return mayAsk(state, now) && timeOf(state.readsFrom) <= now.getTime();
}

function mayAsk({ isPaused, waitUntil }: PersonaState, now: Date): boolean {
  return !isPaused && timeOf(waitUntil) <= now.getTime();
}

function shouldListen(state: PersonaState, { now, rung }: Jobs): boolean {
  const { listenAt } = state.replies;
  return mayRead(state, now) && listenAt !== null && (listenAt <= now || (rung?.has(state.name) ?? false));
}

function shouldReply(state: PersonaState, now: Date): boolean {
  const { waiting, written, most } = state.replies;
  return mayRead(state, now) && waiting > 0 && written < most;
}

function shouldCompose({ waiting, ahead, silentRounds, lastRound }: PersonaState, now: Date): boolean {
  return waiting < ahead && isOver({ ms: silenceMs(silentRounds), since: lastRound }, now);
}

const MINUTE = 60_000; // ms

/** Another seed may do better, so the first tries follow at once; a persona whose texts never pass does not run the machine hot. */
const SILENCES_MS = [0, 0, 0, MINUTE, 10 * MINUTE, 60 * MINUTE];

function silenceMs(silentRounds: number): number {
  return SILENCES_MS[Math.min(silentRounds, SILENCES_MS.length - 1)]!;
}

const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 5 * MINUTE;

function waitAfter(failures: JobFailures | undefined): Wait {
  if (failures === undefined) return { ms: 0, since: null };
  return { ms: Math.min(FIRST_RETRY_MS * 4 ** (failures.count - 1), LAST_RETRY_MS), since: failures.last };
}

interface Wait {
  readonly ms: number;
  readonly since: Date | null;
}

function isOver({ ms, since }: Wait, now: Date): boolean {
  return timeOf(since) + ms <= now.getTime();
}

function timeOf(date: Date | null): number {
  return date?.getTime() ?? Number.NEGATIVE_INFINITY;
}
