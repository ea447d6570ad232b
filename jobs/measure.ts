import { runJob } from '../src/daemon/run-job.ts';
import { measure } from '../src/listening/measure.ts';

await runJob(measure);
