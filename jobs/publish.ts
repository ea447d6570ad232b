import { runJob } from '../src/daemon/run-job.ts';
import { takeTurn } from '../src/publishing/take-turn.ts';

await runJob((job) => takeTurn(job));
