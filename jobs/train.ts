import { runJob } from '../src/daemon/jobs/run-job.ts';
import { trainAtNight } from '../src/daemon/nights/train-at-night.ts';
import { workAtNight } from '../src/daemon/nights/work-at-night.ts';

await runJob((job) => workAtNight(job, trainAtNight));
