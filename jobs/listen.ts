import { runJob } from '../src/daemon/jobs/run-job.ts';
import { listen } from '../src/listening/listen.ts';

await runJob(listen);
