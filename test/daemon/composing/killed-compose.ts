/**
 * A process that composes on a real store and is killed, as by `kill -9`, before its Nth statement that writes.
 * Usage: node killed-compose.ts FILE STEP N. Exits 0 when the step has fewer than N such statements.
 */
import { composeNext, moreCandidates } from '../../../src/daemon/composing/compose-draft.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { type Store, storeOn } from '../../../src/store/store.ts';
import { killedBefore } from '../../publishing/killed-step.ts';
import { BAD, composing, GOOD, hostSaying } from '../composing.ts';

/** Draft 1 is pending. */
export const STEPS = {
  'a draft': (store) => composeNext(composing(store, hostSaying([...GOOD, ...BAD]))),
  'a silence': (store) => composeNext(composing(store, hostSaying(BAD))),
  'more candidates': (store) => moreCandidates(composing(store, hostSaying(GOOD)), 1),
} satisfies Record<string, (store: Store) => Promise<unknown>>;

if (import.meta.main) {
  const [file, step, fatal] = process.argv.slice(2);
  const store = storeOn(killedBefore(Number(fatal), openDatabase(file!)));
  await STEPS[step as keyof typeof STEPS](store);
  await store.close();
}
