/** The optimizer's second thread: it is given its part of every tensor once, and a task at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Moving } from './adamw.ts';
import { doTask, type Task } from './optimizer.ts';

const moving: readonly Moving[] = workerData;

parentPort?.on('message', (task: Task) => parentPort?.postMessage(doTask(moving, task)));
