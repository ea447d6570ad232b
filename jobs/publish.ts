import { publishDue } from '../src/daemon/publish-due.ts';
import { runJob } from '../src/daemon/run-job.ts';

await runJob(publishDue);
