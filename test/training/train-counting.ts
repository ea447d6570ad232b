/** Runs the counting job in the folder that it is given, as a process that can be killed; prints every step. */
import { UserError } from '../../src/errors.ts';
import { train } from '../../src/training/train.ts';
import { countingJob } from './counting-job.ts';

try {
  for await (const step of train(countingJob(process.argv[2] ?? ''))) console.log(JSON.stringify(step));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
