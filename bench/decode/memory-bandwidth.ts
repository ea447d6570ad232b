/** Bytes a second that all cores together read from memory: each compares two halves of a buffer that no cache holds. */
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

const HALF = 2 ** 28;
const ROUNDS = 4;

export async function memoryBandwidth(): Promise<number> {
  const workers = Array.from({ length: availableParallelism() }, () => new Worker(import.meta.filename));
  const say = (worker: Worker) =>
    new Promise<number>((resolve, reject) => worker.once('message', resolve).once('error', reject).postMessage('go'));
  await Promise.all(workers.map(say)); // buffers are made and touched
  const begun = performance.now();
  const read = await Promise.all(workers.map(say));
  const seconds = (performance.now() - begun) / 1000;
  await Promise.all(workers.map((worker) => worker.terminate()));
  return read.reduce((sum, bytes) => sum + bytes, 0) / seconds;
}

if (!isMainThread) {
  const [a, b] = [Buffer.alloc(HALF, 1), Buffer.alloc(HALF, 1)];
  parentPort?.on('message', () => {
    for (let round = 0; round < ROUNDS; round++) if (a.compare(b) !== 0) throw new Error('Equal buffers differ');
    parentPort?.postMessage(2 * HALF * ROUNDS);
  });
}
