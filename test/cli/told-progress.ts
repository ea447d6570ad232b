/** A program that tells of a training on stderr: 80 steps at once, 80 more at every SIGUSR2, the end at the last step or SIGINT. */
import { trainProgress } from '../../src/cli/train-progress.ts';
import { losses, WILD } from '../training/report/told-training.ts';

const steps = losses();
const progress = trainProgress(process.stderr, {
  title: 'ambrose',
  steps: steps.at(-1)!.step,
  memoryBytes: () => 2.13e9,
});
const ticking = setInterval(() => {}, 1000); // until the last step
let at = 0;

function end(said: string): void {
  progress.end();
  clearInterval(ticking);
  process.off('SIGINT', interrupt);
  process.off('SIGUSR2', go);
  process.stderr.write(`${said}\n`);
}

function go(): void {
  for (const step of steps.slice(at, at + 81)) progress.step(step);
  at += 81;
  progress.sample({
    step: steps[Math.min(at, steps.length) - 1]!.step,
    prompt: 'The moss',
    text: `The moss is older than the wall. ${WILD}\nIt says less about it.`,
  });
  if (at >= steps.length) end('It ended.');
}

function interrupt(): void {
  end('It was stopped.');
}

process.on('SIGINT', interrupt);
process.on('SIGUSR2', go);
go();
