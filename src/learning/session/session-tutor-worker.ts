/** The thread that a session adapter learns in: the one that somebody types in is not to stand still. */
import { parentPort, workerData } from 'node:worker_threads';
import { keepOutOfReports } from '../../environment.ts';
import { packError } from '../../host/thread-errors.ts';
import { openSessionAdapter } from './session-adapter.ts';
import type { TutorOptions, TutorTask } from './session-tutor.ts';

keepOutOfReports();
const { to, ...options }: TutorOptions = workerData;
const opening = openSessionAdapter(options);
opening.catch(() => {}); // told with the first task
let working = Promise.resolve();

parentPort?.on('message', (task: TutorTask | 'stop') => {
  working = working.then(() => (task === 'stop' ? stop() : work(task)));
});

async function work({ anew, lessons }: TutorTask): Promise<void> {
  try {
    const adapter = await opening;
    if (anew) adapter.forget();
    for (const lesson of lessons) await adapter.learn(lesson);
    adapter.write(to);
    parentPort?.postMessage({ lessons: adapter.lessons });
  } catch (error) {
    parentPort?.postMessage({ error: packError(error) });
  }
}

async function stop(): Promise<void> {
  const adapter = await opening.catch(() => undefined);
  await adapter?.release();
  parentPort?.close();
}
