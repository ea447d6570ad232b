import { runJob } from '../src/daemon/run-job.ts';
import { networkOf } from '../src/publishing/networks.ts';
import { publishNext, reconcile } from '../src/publishing/publish-next.ts';

await runJob(async (job) => {
  const turn = { persona: job.persona.name, network: await networkOf(job), now: job.now };
  const settled = await reconcile(job.store, turn);
  if (settled.length > 0) return settled; // the daemon looks again at what is due, and when
  const published = await publishNext(job.store, turn);
  return published ? [published] : [];
});
