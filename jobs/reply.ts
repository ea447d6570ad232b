import { answer } from '../src/daemon/answer.ts';
import { runJob } from '../src/daemon/run-job.ts';

await runJob(answer);
