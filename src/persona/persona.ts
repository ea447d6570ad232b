import type { Settings } from './settings.ts';

/** Who it is, what it may do and what it writes from: persona.yaml with its prompts read. Times in milliseconds. */
export interface Persona extends Readonly<Omit<Settings, 'prompts' | 'corpus' | 'undo'>> {
  readonly folder: string;
  /** Openings to write from; '' is a text from nothing. Never empty. */
  readonly prompts: readonly string[];
  /** The texts it learned from; undefined where there are none. */
  readonly corpusFile: string | undefined;
  readonly undoMs: number;
}
