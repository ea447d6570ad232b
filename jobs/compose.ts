import { composeNext } from '../src/daemon/composing/compose-draft.ts';
import { runJob } from '../src/daemon/jobs/run-job.ts';

await runJob(async (job) => [await composeNext(job)]);
