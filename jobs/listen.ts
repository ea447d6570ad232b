import { runJob } from '../src/daemon/run-job.ts';
import { listen } from '../src/listening/listen.ts';

await runJob(listen);
