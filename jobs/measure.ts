import { runJob } from '../src/daemon/jobs/run-job.ts';
import { measure } from '../src/listening/measure.ts';

await runJob(measure);
