/** The files of a repository, once they are here: whether they are a GPT-2, and a model folder of them. */
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import { addModel } from '../import/add-model.ts';
import { tokenizerFor } from '../import/checkpoint-tokenizer.ts';
import { openSafetensors } from '../import/safetensors-checkpoint.ts';
import { firstNonFinite } from '../import/stored-tensor.ts';
import { type ModelFolder, readConfig, readModelFolder } from '../model-folder.ts';
import { createTokenizer, loadTokenizer } from '../tokenizer.ts';

/** For when all but the weights is there. @throws UserError, and then the files are deleted. */
export function refuseOtherKinds(files: string, repository: string): Promise<void> {
  return refusedOf(files, repository, async () => {
    const { vocab_size } = readConfig(path.join(files, 'config.json'));
    const file = path.join(files, 'tokenizer.json');
    const { vocabularySize } = existsSync(file)
      ? loadTokenizer(files)
      : createTokenizer(JSON.parse((await tokenizerFor(vocab_size, files)).content));
    if (vocabularySize <= vocab_size) return;
    throw new UserError(`${file}: expected at most the ${vocab_size} tokens of config.json, found ${vocabularySize}`);
  });
}

export interface FetchedFiles {
  readonly repository: string;
  /** They are one as they lie there. */
  readonly isModelFolder: boolean;
  readonly now: Date;
  readonly onConvert?: (() => void) | undefined;
}

/** The model folder: that of the files, or one beside it. @throws UserError, and then the files are deleted. */
export function modelFolderOf(files: string, fetched: FetchedFiles): Promise<string> {
  const { repository, isModelFolder, now, onConvert } = fetched;
  return refusedOf(files, repository, async () => {
    if (isModelFolder) {
      await refuseNonFinite(readModelFolder(files));
      return files;
    }
    const made = path.join(path.dirname(files), 'made');
    rmSync(made, { recursive: true, force: true });
    onConvert?.();
    await addModel({ source: files, output: made, now });
    return made;
  });
}

async function refuseNonFinite({ weights }: ModelFolder): Promise<void> {
  const { tensors } = openSafetensors(weights.file);
  for (const name of weights.tensors.keys()) {
    const { dtype, read } = tensors.get(name)!;
    if (firstNonFinite(await read(), dtype) === -1) continue;
    throw new UserError(`${weights.file}: expected numbers in every tensor, found NaN or infinity in ${name}`);
  }
}

/** With the repository instead of the hidden folder in the error's line. */
async function refusedOf<T>(files: string, repository: string, check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof UserError) || isOfDisk(error)) throw error;
    rmSync(files, { recursive: true });
    const line = error.message.replace(`${files}${path.sep}`, '').replace(files, 'it');
    throw new UserError(`${repository}: ${line}`, { hint: 'Only GPT-2 models can be pulled', cause: error });
  }
}

/** The files may be right all the same. */
function isOfDisk({ cause }: UserError): boolean {
  return cause instanceof Error && 'code' in cause;
}
