/** What can be asked of the model host, and what it answers. */
import type { Turn } from '../corpus/document.ts';
import type { GenerationRequest } from '../generation/generate.ts';
import type { Generated } from '../generation/written-row.ts';
import type { Bits } from '../model/quantization/quantization.ts';
import type { TextScore } from '../model/score-texts.ts';
import type { Device, DeviceSetting } from '../persona/device.ts';
import type { PackedError } from './thread-errors.ts';

/** Who waits for an answer of this host: a person at a prompt goes before a reply, and a reply before a post. */
export type Waiter = 'person' | 'reply' | 'post';
export const WAITERS: readonly Waiter[] = ['post', 'reply', 'person'];

export interface Asked {
  /** The model's: a base or an adapter on one. */
  readonly folder: string;
  /** What it is to run on; what the host was started with, where it is left out. */
  readonly device?: DeviceSetting;
  /** `post` where it is left out. */
  readonly waiter?: Waiter;
  /** What is not answered by then fails, to be asked again; ten minutes where it is left out. */
  readonly deadlineMs?: number;
}

export interface GenerateCall extends GenerationRequest, Asked {
  /**
   * In what precision of the model, on the CPU: one of those that `eidolon model quantize` made, or the one that suits so many
   * rows on this machine; as it came, as long as that fits into memory, where it is left out.
   */
  readonly bits?: Bits | 'chosen';
}

export interface ScoreCall extends Asked {
  readonly texts: readonly string[];
  /** What each of them answers, as in `GenerationRequest`; scored is what follows it. */
  readonly context?: readonly Turn[];
}

export interface ModelHost {
  /** All rows of one prompt, with the model that wrote them. */
  generate(call: GenerateCall, signal?: AbortSignal): Promise<HostAnswers['generate']>;
  score(call: ScoreCall, signal?: AbortSignal): Promise<HostAnswers['score']>;
  figures(): Promise<HostFigures>;
}

/** The same host, asked on behalf of somebody. */
export function askedFor(waiter: Waiter, host: ModelHost): ModelHost {
  return {
    generate: (call, signal) => host.generate({ waiter, ...call }, signal),
    score: (call, signal) => host.score({ waiter, ...call }, signal),
    figures: () => host.figures(),
  };
}

/** The same host, for models on a device. */
export function onDevice(device: DeviceSetting, host: ModelHost): ModelHost {
  return {
    generate: (call, signal) => host.generate({ device, ...call }, signal),
    score: (call, signal) => host.score({ device, ...call }, signal),
    figures: () => host.figures(),
  };
}

interface UsedModel {
  readonly name: string;
  readonly hash: string;
}

/** The model's own hash, and of the precisions that were made from it the one that wrote; none where it was as it came. */
export interface WritingModel extends UsedModel {
  readonly bits?: Bits;
  /** Of the weights in those bits: made again, they may be others. */
  readonly bitsHash?: string | undefined;
}

export interface HostAnswers {
  readonly generate: { readonly model: WritingModel; readonly generated: readonly Generated[] };
  readonly score: { readonly model: UsedModel; readonly scores: readonly TextScore[] };
  readonly figures: HostFigures;
}

export interface HeldModel {
  readonly folder: string;
  /** Of a weight, where it is open in fewer than it came in. */
  readonly bits?: Bits;
  readonly bytes: number;
  /** What it runs on now; null while it is being opened. */
  readonly device: Device | null;
}

export interface HostFigures {
  /** Requests of which nothing is computed yet. */
  readonly waiting: number;
  /** Rows that are being written in one batch or several. */
  readonly rows: number;
  /** Least recently used first. */
  readonly models: readonly HeldModel[];
  /** Of keys and values. */
  readonly cacheBytes: number;
  /** Since the thread started: tokens written, and steps that wrote them. */
  readonly tokens: number;
  readonly steps: number;
  /** Of the time in which anything was written; null before. */
  readonly tokensPerSecond: number | null;
  readonly requests: { readonly answered: number; readonly failed: number; readonly refused: number };
  /** From a request's arrival to its first token. */
  readonly firstToken: { readonly count: number; readonly seconds: number };
  /** How often the thread died and was started again. */
  readonly restarts: number;
}

export type Call =
  | ({ readonly kind: 'generate' } & GenerateCall)
  | ({ readonly kind: 'score' } & ScoreCall)
  | { readonly kind: 'figures' };
export type FromClient = { readonly id: number; readonly call: Call } | { readonly cancel: number };
export type Answer =
  | { readonly id: number; readonly result: HostAnswers[Call['kind']] }
  | { readonly id: number; readonly error: PackedError };
