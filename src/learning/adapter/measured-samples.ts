/** What a selector needs to know of texts that lie outside the queue: measured by the persona's frozen model, as the queue does. */
import { openModel } from '../../model/model.ts';
import { scoreTexts } from '../../model/score-texts.ts';
import type { JudgeContext } from '../../scoring/candidate.ts';
import { judge } from '../../scoring/judge.ts';
import { likelihoodOf } from '../../scoring/likelihood.ts';
import type { Measured } from '../selector/example.ts';
import type { VoiceSample } from './voice-samples.ts';

export interface MeasuredSample extends Measured {
  readonly passed: boolean;
}

export interface SampleMeasuring {
  /** Folders: the persona's model without an adapter, and what that was trained from, where it is there. */
  readonly checkpoint: string;
  readonly base?: string | undefined;
  readonly context: JudgeContext;
}

/** In their order. */
export async function measuredSamples(
  { checkpoint, base, context }: SampleMeasuring,
  samples: readonly Pick<VoiceSample, 'text' | 'prompt' | 'logProbabilities' | 'finish'>[],
): Promise<readonly MeasuredSample[]> {
  const texts = samples.map(({ text }) => text);
  const own = await scored(checkpoint, texts);
  const underBase = base === undefined ? undefined : await scored(base, texts);
  return samples.map((sample, index) => {
    const { logProbabilities, hidden } = own.scores[index]!;
    const judged = judge(
      {
        ...sample,
        underPersona: likelihoodOf(logProbabilities),
        underBase: underBase && likelihoodOf(underBase.scores[index]!.logProbabilities),
      },
      context,
    );
    return {
      text: sample.text,
      passed: judged.passed,
      features: Object.fromEntries(judged.features.map(({ name, value }) => [name, value])),
      prior: judged.score,
      hidden,
      model: own.hash,
    };
  });
}

async function scored(folder: string, texts: readonly string[]) {
  const model = await openModel(folder);
  try {
    return { hash: model.hash, scores: await scoreTexts(model, texts) };
  } finally {
    await model.network.release();
  }
}
