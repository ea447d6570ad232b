import type { Outcome } from '../../publishing/publish-next.ts';
import { takeTurn } from '../../publishing/take-turn.ts';
import { kindsDue } from './due-jobs.ts';
import { readState } from './read-state.ts';
import type { Job } from './run-job.ts';

/** A persona's turn at its network, with what may go out now: posts that are approved early wait for theirs, replies do not. */
export async function publishDue(job: Job): Promise<readonly Outcome[]> {
  const now = job.now();
  const [state] = await readState(job.store, [{ persona: job.persona, since: now }], now);
  return takeTurn(job, state ? kindsDue(state, now) : []);
}
