/** Teaches a session adapter in a thread of its own, and leaves it in a folder that the model host opens. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { type PackedError, unpackError } from '../../host/thread-errors.ts';
import type { SessionAdapterOptions, SessionLesson } from './session-adapter.ts';

export interface TutorOptions extends SessionAdapterOptions {
  /** Where the adapter lies after each lesson. */
  readonly to: string;
}

export interface TutorTask {
  /** As if nothing had been learned before. */
  readonly anew: boolean;
  readonly lessons: readonly SessionLesson[];
}

export interface SessionTutor {
  /** Returns how many were learned in all; then the folder holds what they made. One call at a time. */
  teach(task: TutorTask): Promise<number>;
  /** The adapter's folder goes too. */
  close(): Promise<void>;
}

type Told = { readonly lessons: number } | { readonly error: PackedError };

/** The thread makes itself ready at once, so that the first lesson need not wait for it. */
export function startTutor(options: TutorOptions): SessionTutor {
  const file = path.join(import.meta.dirname, `session-tutor-worker${path.extname(import.meta.filename)}`);
  rmSync(options.to, { recursive: true, force: true }); // of a session that was killed
  const worker = new Worker(file, { name: 'session-tutor', workerData: options });
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  return {
    teach: (task) =>
      new Promise((resolve, reject) => {
        const done = () => void worker.off('message', told).off('error', failed).off('exit', gone);
        const told = (message: Told) => {
          done();
          if ('error' in message) reject(unpackError(message.error));
          else resolve(message.lessons);
        };
        const failed = (error: unknown) => {
          done();
          reject(error);
        };
        const gone = () => failed(new Error('The thread that teaches has ended'));
        worker.once('message', told).once('error', failed).once('exit', gone);
        worker.postMessage(task);
      }),
    async close() {
      worker.postMessage('stop');
      await ended;
      rmSync(options.to, { recursive: true, force: true });
    },
  };
}
