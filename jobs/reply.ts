import { answer } from '../src/daemon/jobs/answer.ts';
import { runJob } from '../src/daemon/jobs/run-job.ts';

await runJob(answer);
