/** A process that opens a session in a thread of its own, ends the thread, and opens one itself. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const worker = new Worker(new URL('open-session.ts', import.meta.url));
await once(worker, 'message');
await worker.terminate();
await import('./open-session.ts');
process.exit();
