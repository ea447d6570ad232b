/** A run's model becomes the persona's: models/<persona>, unless that is somebody else's. */
import { constants, cpSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { diskRefusal } from '../model/disk-refusal.ts';
import { modelHash } from '../model/model-hash.ts';
import { parentIn, wasAdded } from '../training/plan-training.ts';
import { writeModel } from '../training/run/write-model.ts';

/** Training would replace it, and nothing could make it again. */
export function refuseForeignModel(folder: string, persona: string): void {
  if (!existsSync(folder) || parentIn(folder) !== undefined || wasAdded(folder)) return;
  throw new UserError(`${folder}: expected a model trained for ${persona}, found another`, {
    hint: 'Rename the persona or that model: training would replace it',
  });
}

/**
 * What `model add` brought under the persona's name stays, beside it, as ada-1f0c9a3e; nothing where the present one was not added.
 * @returns the copy's name: what is learned from it outlasts the folder that it was copied from.
 */
export async function keepAdded(folder: string): Promise<string | undefined> {
  if (!wasAdded(folder)) return undefined;
  const kept = `${folder}-${(await modelHash(folder)).slice(0, 8)}`;
  const copy = (unfinished: string) =>
    cpSync(folder, unfinished, { recursive: true, dereference: true, mode: constants.COPYFILE_FICLONE });
  try {
    if (!existsSync(kept)) writeModel(kept, copy);
  } catch (error) {
    throw diskRefusal(error, path.dirname(folder), `Make room: ${folder} is copied before it is replaced`) ?? error;
  }
  return path.basename(kept);
}

export function promote(folder: string, write: (unfinished: string) => void, run: object): void {
  writeModel(folder, (unfinished) => {
    write(unfinished);
    writeFileSync(path.join(unfinished, 'run.json'), `${JSON.stringify(run, null, 2)}\n`);
  });
}
