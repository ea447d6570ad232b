/** The other way to learn, once there are decisions enough: KTO, from approved and rejected texts alike. */
import path from 'node:path';
import { readModelFolder } from '../../model/model-folder.ts';
import { loadTokenizer } from '../../model/tokenizer.ts';
import { learnedTokens, type TokenDocument, tokenDocument } from '../../training/data/token-documents.ts';
import { documentNats } from '../../training/report/measure-model.ts';
import { bestModel } from '../../training/run/checkpoint.ts';
import type { LearnedNumbers } from './gate.ts';
import { balanced, KTO } from './kto.ts';
import { fingerprintOf, type LearningPlan, type PlannedLearning } from './plan-learning.ts';
import { type DecidedText, isTaught } from './taught-texts.ts';
import type { ChallengerJob, KtoText } from './train-challenger.ts';

/** Below, what has been published of preference tuning at this size promises nothing. */
export const CHALLENGE_FROM = 500; // decisions

export interface PlannedChallenger {
  readonly planned: PlannedLearning;
  readonly job: Omit<ChallengerJob, 'folder'>;
}

/** Nothing while there are too few decisions, or all taught ones are of one kind. */
export function planChallenger(
  { plan: { fingerprint: _, started, ...plan }, job, ...rest }: PlannedLearning,
  decided: readonly DecidedText[],
  home: string,
): PlannedChallenger | undefined {
  const taught = decided.filter(({ draft }) => isTaught(draft));
  const approved = taught.filter((text) => text.approved).length;
  if (decided.length < CHALLENGE_FROM || approved === 0 || approved === taught.length) return undefined;

  const tokenizer = loadTokenizer(path.join(home, 'models', plan.parent));
  const { method, microBatch, recompute, seed } = job.settings;
  if (method.kind !== 'lora') throw new Error('What is taught is an adapter');
  const still = { ...method, lora: { ...method.lora, dropout: 0 } }; // ratios are of the whole policy
  const texts = taught.map((text, index): KtoText => {
    const other = taught[(index + 1) % taught.length]!;
    const document = (said: string) => documentOf(text, said, tokenizer);
    return {
      document: document(text.text.slice(text.prompt.length)),
      mismatched: document(other.text.slice(other.prompt.length)),
      approved: text.approved,
    };
  });
  const { desirable, undesirable } = balanced(approved, taught.length - approved);
  const paper = 'Ethayarajh et al. 2024 (arXiv 2402.01306), docs/learning.md';
  const challenger: Omit<LearningPlan, 'fingerprint' | 'started'> = {
    ...plan,
    method: 'kto',
    decisions: { ...plan.decisions, train: taught.map(({ decision }) => decision) },
    settings: [
      ...plan.settings.filter(({ name }) => ['rank', 'alpha', 'adapted layers', 'seed'].includes(name)),
      { name: 'beta', value: KTO.beta, source: paper },
      { name: 'highest learning rate', value: KTO.learningRate, source: paper },
      { name: 'weight of approved texts', value: desirable, source: 'both sides weigh the same' },
      { name: 'weight of rejected texts', value: undesirable, source: 'both sides weigh the same' },
      { name: 'approved texts', value: approved, source: 'decisions' },
      { name: 'rejected texts', value: taught.length - approved, source: 'decisions' },
    ],
  };
  return {
    planned: { ...rest, job, plan: { ...challenger, fingerprint: fingerprintOf(challenger), started } },
    job: {
      config: readModelFolder(path.join(home, 'models', plan.parent)).config,
      method: still,
      initial: job.initial,
      files: job.files,
      texts,
      length: microBatch.length,
      recompute,
      epochs: 1,
      seed,
    },
  };
}

function documentOf(
  { draft, prompt, context }: DecidedText,
  said: string,
  tokenizer: ReturnType<typeof loadTokenizer>,
): TokenDocument {
  const document = { id: `draft ${draft}`, text: said, source: 'draft', context };
  const { tokens, learnFrom } = tokenDocument(document, tokenizer);
  const opening = tokenizer.encode(prompt);
  return {
    id: document.id,
    tokens: Uint32Array.from([...tokens.subarray(0, learnFrom), ...opening, ...tokens.subarray(learnFrom)]),
    learnFrom: learnFrom + opening.length,
  };
}

/** It does not look while it learns: what the looks of the other way would have shown, at both ends. */
export async function challengerLooks(
  { job }: PlannedLearning,
  folders: { readonly checkpoint: string; readonly run: string },
  steps: number,
): Promise<LearnedNumbers['looks']> {
  const documents = [...job.validation.values()].flat();
  const lossOf = async (folder: string) =>
    (await documentNats(folder, documents)).reduce((sum, nats) => sum + nats, 0) / learnedTokens(documents);
  const [start, end] = [await lossOf(folders.checkpoint), await lossOf(bestModel(folders.run))];
  return { start, best: Math.min(start, end), bestStep: end < start ? steps : 0 };
}
