import { learnAtNight } from '../src/daemon/learn-at-night.ts';
import { runJob } from '../src/daemon/run-job.ts';
import { workAtNight } from '../src/daemon/work-at-night.ts';

await runJob((job) => workAtNight(job, learnAtNight));
