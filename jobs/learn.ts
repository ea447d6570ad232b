import { runJob } from '../src/daemon/jobs/run-job.ts';
import { learnAtNight } from '../src/daemon/nights/learn-at-night.ts';
import { workAtNight } from '../src/daemon/nights/work-at-night.ts';

await runJob((job) => workAtNight(job, learnAtNight));
