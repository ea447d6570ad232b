import { runJob } from '../src/daemon/run-job.ts';
import { trainAtNight } from '../src/daemon/train-at-night.ts';
import { workAtNight } from '../src/daemon/work-at-night.ts';

await runJob((job) => workAtNight(job, trainAtNight));
