/** Ends work on one document that does not end by itself, such as a regular expression that a strange message drives mad. */
import { types } from 'node:util';
import vm from 'node:vm';
import type { Omission } from './post.ts';

const context = vm.createContext({ work: () => {} });
const call = new vm.Script('work()');

/**
 * What `work` returns; undefined when it took longer. It must not be asynchronous. Setting the limit starts a thread, which
 * takes up to 10 ms on a busy machine: worth it for a document large or strange enough to take longer, not for every one.
 */
export function withinTime<T>(milliseconds: number, work: () => T): T | undefined {
  context.work = work;
  try {
    return call.runInContext(context, { timeout: milliseconds });
  } catch (error) {
    // An Error of the context's own, so no instance of ours.
    if (types.isNativeError(error) && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      return undefined;
    throw error;
  }
}

const DOCUMENT_MS = 10_000;
/** In characters: a shorter one cannot keep any pattern of ours busy for as long as that. */
const USUAL_DOCUMENT = 16 << 10;

/** What `work` makes of a document with `size` characters; an omission where that takes too long. */
export function timely<T>(size: number, place: string, work: () => T, milliseconds = DOCUMENT_MS): T | Omission {
  if (size <= USUAL_DOCUMENT) return work();
  return withinTime(milliseconds, work) ?? { omitted: 'took too long', place };
}
