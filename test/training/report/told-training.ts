/** A training of two stages as a report tells it, with texts as wild as a model's. */
import { memorisation } from '../../../src/training/report/memorisation.ts';
import type { TrainingReport } from '../../../src/training/report/training-report.ts';
import type { TrainingStep } from '../../../src/training/train.ts';

export const WILD = '</script><img src=x onerror="alert(1)">\u0000\u001b[31m & so on';
const STEPS = 240;
const BORDER = 100;

export function toldTraining(): TrainingReport {
  return {
    persona: 'ambrose',
    id: '2026-11-23T08-00-00Z',
    started: '2026-11-23T08:00:00.000Z',
    finished: '2026-11-23T08:21:07.000Z',
    base: 'starter',
    method: 'lora, r 8, alpha 16',
    settings: [
      { name: 'learningRate', value: 2e-4, source: 'LoRA, arXiv 2106.09685, table 11' },
      { name: 'weightDecay', value: 0.1, source: 'GPT-3, arXiv 2005.14165' },
      { name: 'targetModules', value: 'c_attn, c_proj, c_fc', source: '--target-modules' },
      { name: 'recompute', value: false, source: 'enough memory: 3.1 of 12 GB' },
    ],
    corpora: [
      { name: 'books', documents: 812, tokens: 612_000, bytes: 2_451_000 },
      { name: `mine ${WILD}`, documents: 2140, tokens: 91_200, bytes: 371_400 },
    ],
    losses: losses(),
    samples: [0, 120, 240].flatMap((step) => [
      { step, prompt: 'The moss', text: 'The moss is older than the wall,\nand says less about it.' },
      { step, prompt: '', text: WILD },
    ]),
    memorisation: memorisation({
      samples: [
        'the moss is older than the wall and says less about it than the rain would say if it were asked twice',
      ],
      training: ['it is said the moss is older than the wall and says less about it'],
      heldOut: ['the rain is older than the moss and the wall and nobody has asked either of them so far today'],
      corpus: { documents: 2952, words: 480_000 },
      losses: { training: 3.1, validation: 3.4 },
    }),
    bitsPerByte: { base: 1.412, trained: 1.288 },
    gate: {
      promoted: true,
      rows: [
        { name: 'own held-out text, bits a byte', threshold: 'at most 1% worse', value: '8.8% better', passed: true },
        { name: 'distinct-2, share of the present one', threshold: 'at least 0.95', value: 0.98123456, passed: true },
      ],
    },
    machine: { processor: 'x86_64, 2 cores', memory: '23 GB', node: 'v24.21.0' },
  };
}

export function losses(): TrainingStep[] {
  const told: TrainingStep[] = [];
  const rate = (step: number) => 2e-4 * Math.min(1, step / 20) * (0.55 + 0.45 * Math.cos((Math.PI * step) / STEPS));
  for (let step = 0; step <= STEPS; step++) {
    const stage = step > BORDER ? 1 : 0;
    const level = 3.2 + 1.3 * Math.exp(-step / 40) + (stage === 1 ? 0.5 * Math.exp(-(step - BORDER) / 30) : 0);
    const validation = 3.35 + 1.2 * Math.exp(-step / 45) + (stage === 1 ? 0.001 * Math.max(0, step - 190) : 0);
    told.push({
      step,
      stage,
      tokens: 512 * step,
      loss: step === 0 ? validation : level + 0.25 * Math.sin(step * 12.9898),
      gradientNorm: step === 0 ? 0 : 1.2,
      learningRate: step === 0 ? 0 : rate(step),
      seconds: 1.25 * step,
      ...(step % 20 === 0 && { validationLoss: validation }),
      ...(step === 0 && { stageLosses: { books: 4.5, mine: 4.6 } }),
      ...(step === BORDER && { stageLosses: { books: 3.4, mine: 4.1 } }),
      ...(step === STEPS && { stageLosses: { books: 3.6, mine: 3.35 } }),
    });
  }
  return told;
}
