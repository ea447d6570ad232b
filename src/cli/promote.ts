/** A run's model becomes the persona's: models/<persona>, unless that is somebody else's. */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { parentIn } from '../training/plan-training.ts';
import { writeModel } from '../training/run/write-model.ts';

/** Training would replace it. */
export function refuseForeignModel(folder: string, persona: string): void {
  if (!existsSync(folder) || parentIn(folder) !== undefined) return;
  throw new UserError(`${folder}: expected a model trained for ${persona}, found another`, {
    hint: 'Rename the persona or that model: training would replace it',
  });
}

export function promote(folder: string, write: (unfinished: string) => void, run: object): void {
  writeModel(folder, (unfinished) => {
    write(unfinished);
    writeFileSync(path.join(unfinished, 'run.json'), `${JSON.stringify(run, null, 2)}\n`);
  });
}
