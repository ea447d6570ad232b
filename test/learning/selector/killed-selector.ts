/**
 * A process that learns the selector of ada and is killed, as by `kill -9`, at a moment of writing it down.
 * Usage: node killed-selector.ts HOME MOMENT
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { openStore, storeFile } from '../../../src/store/store.ts';
import { NOON } from '../../queue/prepared-drafts.ts';

export const MOMENTS = ['before it is written', 'half-way', 'before it is named', 'once it is named'] as const;

if (import.meta.main) {
  const [home = '', moment] = process.argv.slice(2);
  const die = () => process.kill(process.pid, 'SIGKILL');
  const { writeFileSync, renameSync } = fs;
  fs.writeFileSync = ((file: string, content: string, options?: object) => {
    if (moment === 'before it is written') die();
    writeFileSync(file, moment === 'half-way' ? content.slice(0, content.length / 2) : content, options);
    if (moment === 'half-way') die();
  }) as typeof fs.writeFileSync;
  fs.renameSync = (from, to) => {
    if (moment === 'before it is named') die();
    renameSync(from, to);
    die();
  };
  syncBuiltinESMExports();
  const { learnSelector } = await import('../../../src/learning/selector/learn-selector.ts');
  await learnSelector({ store: openStore(storeFile(home)), home, persona: 'ada', now: NOON });
}
