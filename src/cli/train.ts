import { Command, InvalidArgumentError } from 'commander';
import type { TrainingStep } from '../training/train.ts';

interface TrainFlags {
  readonly from?: string;
  readonly epochs: number;
  readonly learningRate: number;
  readonly json?: boolean;
}

export function trainCommand(): Command {
  return new Command('train')
    .description("Fine-tune a model on a persona's corpus")
    .argument('<persona>', 'a folder under personas/')
    .option('--from <model>', "the folder under models/ to begin from (default: the persona's model, or its parent)")
    .option('--epochs <count>', 'at most so many times through the corpus', positive, 10)
    .option('--learning-rate <rate>', 'the highest rate of the schedule', positive, 5e-4)
    .option('--json', 'print every step, and at the end the result, as JSON lines')
    .addHelpText(
      'after',
      '\nStop it when you like: the same command goes on.\n\nExample:\n  eidolon train ambrose --from starter',
    )
    .action(trainPersona);
}

async function trainPersona(name: string, flags: TrainFlags): Promise<void> {
  const path = await import('node:path');
  const { home } = await import('../environment.ts');
  const { loadPersona } = await import('../persona/load-persona.ts');
  const { train } = await import('../training/train.ts');
  const { finishPersonaTraining, parentOf, preparePersonaTraining } = await import('../training/train-persona.ts');
  const root = home();
  const persona = loadPersona(path.join(root, 'personas', name));
  const training = preparePersonaTraining(persona, {
    base: path.join(root, 'models', flags.from ?? parentOf(persona, path.join(root, 'models'))),
    output: path.join(root, 'models', persona.name),
    folder: path.join(root, 'data', 'training', persona.name),
    epochs: flags.epochs,
    learningRate: flags.learningRate,
  });
  const { documents, settings } = training;
  console.error(
    `${documents.train} texts (${training.train.length} tokens) to train on, ${documents.validation} for validation, ${documents.test} for the test at the end`,
  );

  let stopped = false;
  process.once('SIGINT', () => {
    stopped = true;
  });
  for await (const step of train(training)) {
    if (flags.json) console.log(JSON.stringify(step));
    else report(step, settings.steps);
    if (!stopped) continue;
    console.error(`Stopped after step ${step.step}; the same command goes on from there.`);
    return;
  }

  const { bitsPerByte } = await finishPersonaTraining(training);
  if (flags.json) console.log(JSON.stringify({ model: persona.name, bitsPerByte }));
  console.error(
    `models/${persona.name}: ${bitsPerByte.persona.toFixed(3)} bits a byte on ${documents.test} texts it never saw; ${path.basename(training.base)} has ${bitsPerByte.base.toFixed(3)}`,
  );
  if (persona.model !== persona.name)
    console.error(`To use it, set model: ${persona.name} in personas/${name}/persona.yaml`);
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError('Expected a number above 0.');
  return number;
}

function report({ step, loss, validationLoss, tokens, seconds }: TrainingStep, steps: number): void {
  if (validationLoss !== undefined) console.error(`step ${step} of ${steps}  validation ${validationLoss.toFixed(4)}`);
  else if (step % 10 === 0) {
    const minutesLeft = ((steps - step) * seconds) / step / 60;
    console.error(
      `step ${step} of ${steps}  loss ${loss.toFixed(3)}  ${Math.round(tokens / seconds)} tokens/s  ${minutesLeft.toFixed(1)} min left`,
    );
  }
}
