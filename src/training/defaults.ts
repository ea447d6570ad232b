/** What a training does unless it is told otherwise, and by whose custom. */

export interface Default<Value = number> {
  readonly value: Value;
  readonly source: string;
}

export const DEFAULTS = {
  accumulatedTokens: { value: 2048, source: 'small corpora want many steps' },
  finalShare: { value: 0.1, source: 'Hoffmann et al. 2022 (arXiv 2203.15556), nanoGPT' },
  weightDecay: { value: 0.1, source: 'Brown et al. 2020 (arXiv 2005.14165)' },
  beta1: { value: 0.9, source: 'Kingma & Ba 2015 (arXiv 1412.6980)' },
  beta2: { value: 0.95, source: 'Brown et al. 2020 (arXiv 2005.14165)' },
  epsilon: { value: 1e-8, source: 'Kingma & Ba 2015 (arXiv 1412.6980)' },
  clipNorm: { value: 1, source: 'Brown et al. 2020 (arXiv 2005.14165)' },
  seed: { value: 1, source: 'any' },
  epochs: { value: 10, source: 'an upper bound: the best look ends it' },
  looksAnEpoch: { value: 2, source: 'small corpora are learned by heart within a few epochs' },
  patience: { value: 4, source: 'looks: two epochs without a gain' },
  stepsBetweenLooks: { value: 250, source: 'at most so many' },
  warmupShare: { value: 0.1, source: 'at most a tenth of the steps' },
  warmupEpochs: { value: 0.5, source: 'measured on the starter' },
} as const satisfies Record<string, Default>;

export const METHOD: Default<'full' | 'lora'> = { value: 'full', source: 'as in nanoGPT and gpt-2-simple' };

const DETTMERS = 'Dettmers et al. 2023 (arXiv 2305.14314)';

export const LORA = {
  r: { value: 8, source: 'Hu et al. 2021 (arXiv 2106.09685), peft' },
  alpha: { value: 16, source: DETTMERS },
  dropout: { value: 0.05, source: DETTMERS },
  targets: { value: ['c_attn', 'c_proj', 'c_fc'], source: `${DETTMERS}: all linear layers` },
} as const satisfies Record<string, Default<number | readonly string[]>>;

/** AdamW's part of a training's settings. */
export const ADAMW = {
  weightDecay: DEFAULTS.weightDecay.value,
  beta1: DEFAULTS.beta1.value,
  beta2: DEFAULTS.beta2.value,
  epsilon: DEFAULTS.epsilon.value,
  clipNorm: DEFAULTS.clipNorm.value,
  finalShare: DEFAULTS.finalShare.value,
  seed: DEFAULTS.seed.value,
};

/** The peak of the schedule: the smaller the network, the larger its steps may be. */
export function defaultLearningRate(method: 'full' | 'lora', width: number): Default {
  if (method === 'lora') return { value: 2e-4, source: DETTMERS };
  if (width >= 768) return { value: 5e-5, source: "transformers' Trainer" };
  return { value: 5e-4, source: 'measured on the starter' };
}
