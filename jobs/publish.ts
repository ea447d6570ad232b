import { runJob } from '../src/daemon/run-job.ts';
import { networks } from '../src/publishing/networks.ts';
import { publishNext, reconcile } from '../src/publishing/publish-next.ts';

await runJob(async ({ persona, store, now }) => {
  const network = networks[persona.account.network]({ store, persona: persona.name, now });
  const turn = { persona: persona.name, network, now };
  const settled = await reconcile(store, turn);
  if (settled.length > 0) return settled; // the daemon looks again at what is due, and when
  const published = await publishNext(store, turn);
  return published ? [published] : [];
});
