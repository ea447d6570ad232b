/** Every number that the result of a training depends on, and why it is what it is. */
import type { Persona } from '../persona/persona.ts';
import { DEFAULTS, LORA, METHOD } from './defaults.ts';
import type { Overrides } from './plan-training.ts';
import type { Setting } from './report/training-report.ts';
import type { Stage, TrainingSettings } from './train.ts';

/** All that may say what a setting is. */
export interface Sayings {
  /** As persona.yaml has it: what it leaves out is not there. */
  readonly train: Persona['train'];
  readonly overrides: Overrides;
  /** What the stages that are trained say of themselves. */
  readonly lengths: Persona['train']['stages'];
  /** Of the learning rate that is usual with this method and size. */
  readonly rate: string;
}

/** The source of what may differ from one machine to the next without a training being another one. */
export const MEMORY = 'what fits into memory';
const [COMMAND, PERSONA] = ['command line', 'persona.yaml'];

export function settingsTold(settings: TrainingSettings, stages: readonly Stage[], sayings: Sayings): Setting[] {
  const { method, microBatch, accumulate, recompute, learningRate, seed } = settings;
  const { train, overrides, rate } = sayings;
  const said = (name: 'method' | 'epochs' | 'learningRate' | 'seed', otherwise: string) => {
    if (overrides[name] !== undefined) return COMMAND;
    return train[name] === undefined ? otherwise : PERSONA;
  };
  const ofLora = (name: keyof typeof LORA) => (train.lora[name] === undefined ? LORA[name].source : PERSONA);
  const lengthSource = (index: number) => {
    const { steps, epochs } = sayings.lengths[index] ?? {};
    if (steps === undefined && epochs === undefined) return said('epochs', DEFAULTS.epochs.source);
    return overrides.stages === undefined ? PERSONA : COMMAND;
  };
  const ofStage = ({ corpora, steps, warmupSteps, evaluateEvery }: Stage, index: number): Setting[] => {
    const mixture = corpora.map(({ name, share }) => `${share} ${name}`).join(', ');
    const of = stages.length > 1 ? ` of stage ${index + 1} (${mixture})` : '';
    const { warmupShare, warmupEpochs, looksAnEpoch, stepsBetweenLooks } = DEFAULTS;
    const isShare = warmupSteps === Math.ceil(steps * warmupShare.value);
    const isMost = evaluateEvery === stepsBetweenLooks.value;
    return [
      { name: `steps at most${of}`, value: steps, source: lengthSource(index) },
      { name: `warm-up steps${of}`, value: warmupSteps, source: (isShare ? warmupShare : warmupEpochs).source },
      {
        name: `steps between looks${of}`,
        value: evaluateEvery,
        source: (isMost ? stepsBetweenLooks : looksAnEpoch).source,
      },
    ];
  };
  const usual = (name: keyof typeof WORDS) => {
    return { name: WORDS[name], value: settings[name], source: DEFAULTS[name].source };
  };
  return [
    { name: 'method', value: method.kind, source: said('method', METHOD.source) },
    ...(method.kind === 'lora'
      ? [
          { name: 'rank', value: method.lora.r, source: ofLora('r') },
          { name: 'alpha', value: method.lora.alpha, source: ofLora('alpha') },
          { name: 'dropout', value: method.lora.dropout, source: ofLora('dropout') },
          { name: 'adapted layers', value: method.lora.targetModules.join(', '), source: ofLora('targets') },
        ]
      : []),
    ...stages.flatMap(ofStage),
    { name: 'highest learning rate', value: learningRate, source: said('learningRate', rate) },
    {
      name: 'tokens a step',
      value: microBatch.batch * microBatch.length * accumulate,
      source: DEFAULTS.accumulatedTokens.source,
    },
    { name: 'rows at once', value: microBatch.batch, source: MEMORY },
    { name: 'tokens a row', value: microBatch.length, source: 'the longest that most documents need' },
    { name: 'activations are computed again', value: recompute, source: MEMORY },
    ...(['finalShare', 'weightDecay', 'beta1', 'beta2', 'epsilon', 'clipNorm', 'patience'] as const).map(usual),
    { name: 'seed', value: seed, source: said('seed', DEFAULTS.seed.source) },
  ];
}

const WORDS = {
  finalShare: 'share of the learning rate at the end',
  weightDecay: 'weight decay of matrices',
  beta1: 'beta 1',
  beta2: 'beta 2',
  epsilon: 'epsilon',
  clipNorm: 'largest norm of the gradient',
  patience: 'looks without a gain before the end',
};
