/** Judged as the queue judges: gates, features, prior, and the pooled hidden state of the persona's own model. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { readCorpus } from '../../src/corpus/read-corpus.ts';
import { type MeasuredSample, measuredSamples } from '../../src/learning/adapter/measured-samples.ts';
import type { Persona } from '../../src/persona/persona.ts';
import type { JudgeContext } from '../../src/scoring/candidate.ts';
import { CopyIndex } from '../../src/scoring/copy-index.ts';
import { usualLength } from '../../src/scoring/usual-length.ts';
import type { PooledDraft } from './pool.ts';

export interface MeasuredText extends MeasuredSample {
  readonly text: string;
  /** What follows the opening: what the curators look at. */
  readonly body: string;
}

export type MeasuredDraft = readonly MeasuredText[];

export interface Measuring {
  readonly persona: Persona;
  readonly model: string;
  /** What the persona's model was trained from. */
  readonly base: string;
}

/** Kept beside the pool's file. */
export async function measuredPool(
  file: string,
  drafts: readonly PooledDraft[],
  { persona, model, base }: Measuring,
): Promise<readonly MeasuredDraft[]> {
  const kept = file.replace(/\.jsonl$/, '.measured.jsonl');
  if (!existsSync(kept)) {
    const samples = drafts.flatMap(({ prompt, texts }) => texts.map((text) => ({ ...text, prompt })));
    const measured = await measuredSamples({ checkpoint: model, base, context: contextOf(persona) }, samples);
    let at = 0;
    const lines = drafts.map(({ prompt, texts }) =>
      JSON.stringify(
        texts.map(({ text }) => {
          const { hidden, ...rest } = measured[at++]!;
          return { ...rest, text, body: text.slice(prompt.length).trim(), hidden: packed(hidden!) };
        }),
      ),
    );
    writeFileSync(`${kept}.unfinished`, lines.map((line) => `${line}\n`).join(''));
    renameSync(`${kept}.unfinished`, kept);
  }
  return readFileSync(kept, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line): MeasuredDraft => JSON.parse(line).map(unpacked));
}

function unpacked({ hidden, ...rest }: Omit<MeasuredText, 'hidden'> & { readonly hidden: string }): MeasuredText {
  return { ...rest, hidden: new Float32Array(Uint8Array.from(Buffer.from(hidden, 'base64')).buffer) };
}

const packed = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');

export function contextOf(persona: Persona): JudgeContext {
  const corpus = persona.corpusFile === undefined ? [] : readCorpus(persona.corpusFile).map(({ text }) => text);
  return {
    corpus: new CopyIndex(corpus),
    earlier: new CopyIndex([]),
    length: persona.length,
    blocklist: persona.blocklist,
    usualLength: usualLength(corpus),
    recent: [],
  };
}
