import { askNetwork } from '../../publishing/ask-network.ts';
import { composeReply, nextToReply, type Replied } from '../composing/compose-reply.ts';
import type { Job } from './run-job.ts';

/** Reads the thread of the next mention, and writes an answer where it gets one. */
export async function answer(job: Job): Promise<readonly Replied[]> {
  const next = await askNetwork(job, (network) => nextToReply({ ...job, network }));
  if (next === null) return [];
  return ['kind' in next ? next : await composeReply(job, next)];
}
