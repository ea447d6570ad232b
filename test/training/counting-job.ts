/** A training that takes a second: counting, with a stride of one or now and then two. Easy to learn, impossible to guess. */
import { gpt2Prefix } from '../../src/model/gpt2-vocabulary.ts';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { randomFrom } from '../../src/random.ts';
import { initialAdapter } from '../../src/training/adapter-parameters.ts';
import type { TokenDocument } from '../../src/training/data/token-documents.ts';
import { ADAMW } from '../../src/training/defaults.ts';
import { initialParameters } from '../../src/training/initial-parameters.ts';
import { adapterFiles, wholeModelFiles } from '../../src/training/run/model-files.ts';
import type { Stage, TrainingJob, TrainingSettings } from '../../src/training/train.ts';

export const VOCABULARY = 40;

const config = {
  n_layer: 2,
  n_head: 2,
  n_embd: 16,
  n_inner: 32,
  n_positions: 16,
  vocab_size: VOCABULARY,
  layer_norm_epsilon: 1e-5,
  tie_word_embeddings: true,
};

/** @param direction 1 upwards, -1 downwards. */
export function documents(count: number, seed: number, direction = 1): TokenDocument[] {
  const random = randomFrom(seed);
  const stride = () => direction * (random() < 0.9 ? 1 : 2);
  return Array.from({ length: count }, (_, id) => {
    let token = Math.floor(random() * VOCABULARY);
    const next = () => (token = (token + stride() + VOCABULARY) % VOCABULARY);
    return { id: String(id), tokens: Uint32Array.from({ length: 17 }, next), learnFrom: 1 };
  });
}

export const STAGE: Stage = {
  corpora: [{ name: 'counting', documents: documents(120, 1), share: 1 }],
  steps: 30,
  warmupSteps: 5,
  evaluateEvery: 10,
};

export function countingJob(
  folder: string,
  settings: Partial<TrainingSettings> = {},
  stages: readonly Stage[] = [STAGE],
): TrainingJob {
  return {
    config,
    initial: () => initialParameters(config, 1),
    files: wholeModelFiles({ config, tokenizer: JSON.stringify(gpt2Prefix(300)), endOfText: 0 }),
    stages,
    validation: new Map([['counting', documents(20, 2)]]),
    folder,
    settings: {
      ...ADAMW,
      method: { kind: 'full' },
      microBatch: { batch: 2, length: 16 },
      accumulate: 2,
      recompute: false,
      learningRate: 1e-2,
      patience: Number.POSITIVE_INFINITY,
      ...settings,
    },
  };
}

/** The same with an adapter beside a base that knows nothing; the folder of the base is made. */
export function adapterJob(folder: string, base: string): TrainingJob {
  const job = countingJob(folder, { learningRate: 5e-2 });
  job.files.write(base, job.initial(), 'F32');
  const lora = { r: 4, alpha: 8, dropout: 0, targetModules: ['c_attn', 'c_proj', 'c_fc'] };
  return {
    ...job,
    initial: () => initialAdapter(config, lora, 1),
    files: adapterFiles({ ...lora, base }),
    settings: { ...job.settings, method: { kind: 'lora', base: readModelFolder(base), lora } },
  };
}
