import { publishDue } from '../src/daemon/jobs/publish-due.ts';
import { runJob } from '../src/daemon/jobs/run-job.ts';

await runJob(publishDue);
