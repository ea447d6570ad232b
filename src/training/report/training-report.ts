/** All that is told of a training once it is done. */

import type { TrainingStep } from '../train.ts';
import type { Memorisation } from './memorisation.ts';

export interface TrainingReport {
  readonly persona: string;
  /** Of the run's folder. */
  readonly id: string;
  /** ISO 8601. */
  readonly started: string;
  readonly finished: string;
  /** The model that it began from. */
  readonly base: string;
  /** `full`, or `lora` with what it says of itself. */
  readonly method: string;
  readonly settings: readonly Setting[];
  readonly corpora: readonly CorpusFigures[];
  /** Oldest first. */
  readonly losses: readonly TrainingStep[];
  readonly samples: readonly Sample[];
  /** Absent where no samples were made. */
  readonly memorisation?: Memorisation | undefined;
  /** Bits a UTF-8 byte of the test part. */
  readonly bitsPerByte: { readonly base: number; readonly trained: number };
  readonly gate: { readonly rows: readonly GateRow[]; readonly promoted: boolean };
  /** Such as its processor, cores and memory, in words. */
  readonly machine: Readonly<Record<string, string | number>>;
}

export interface Setting {
  readonly name: string;
  readonly value: string | number | boolean;
  /** Where the value comes from: a paper, another program's default, a flag, persona.yaml. */
  readonly source: string;
}

export interface CorpusFigures {
  readonly name: string;
  readonly documents: number;
  readonly tokens: number;
  readonly bytes: number;
}

/** What a model wrote at that step, prompt included. */
export interface Sample {
  readonly step: number;
  readonly prompt: string;
  readonly text: string;
}

export interface GateRow {
  readonly name: string;
  /** As it was written down before the run, such as `at most 1% worse`. */
  readonly threshold: string;
  readonly value: string | number;
  readonly passed: boolean;
}
