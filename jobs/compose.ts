import { composeNext } from '../src/daemon/compose-draft.ts';
import { runJob } from '../src/daemon/run-job.ts';

await runJob(async (job) => [await composeNext(job)]);
