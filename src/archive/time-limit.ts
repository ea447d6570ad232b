/** Ends work on one document that does not end by itself, such as a regular expression that a strange message drives mad. */
import { types } from 'node:util';
import vm from 'node:vm';

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
