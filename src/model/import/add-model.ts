/** Makes a model folder of weights from elsewhere: whole, or not at all. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import { diskRefusal } from '../disk-refusal.ts';
import type { Gpt2Config } from '../gpt2-config.ts';
import { parameterShapes } from '../gpt2-graph.ts';
import { claimFolder } from '../hub/claim-folder.ts';
import { configJson, NOT_PARAMETERS, readModelFolder } from '../model-folder.ts';
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS, baseFolder } from '../peft.ts';
import { loadTokenizer } from '../tokenizer.ts';
import { configOf } from './checkpoint-config.ts';
import { tokenizerFor } from './checkpoint-tokenizer.ts';
import { type Found, findCheckpoint } from './find-checkpoint.ts';
import { openPytorch, openShardedPytorch } from './pytorch-checkpoint.ts';
import { readJson } from './read-json.ts';
import { refuseWithoutRoom } from './room-on-disk.ts';
import { openSafetensors, openShardedSafetensors } from './safetensors-checkpoint.ts';
import { type Checkpoint, type StoredTensor, unusable } from './stored-tensor.ts';
import { openTensorflow } from './tensorflow-checkpoint.ts';
import { unpackModel } from './unpack-model.ts';
import { bytesWritten, writeParameters } from './write-parameters.ts';

export interface Addition {
  /** A folder, a file of weights, or an archive of either. */
  readonly source: string;
  /** The folder to make; its own folder is where an adapter's base is looked for. */
  readonly output: string;
  /** A folder whose tokenizer to take instead of the one beside the weights. */
  readonly tokenizer?: string | undefined;
  /** Of an adapter, the name of its base beside `output`, instead of the one that it names itself. */
  readonly base?: string | undefined;
  readonly now: Date;
  readonly onProgress?: (progress: { readonly bytesRead: number; readonly bytes: number }) => void;
  /** Told of an archive that is unpacked first. */
  readonly onUnpack?: (archive: string) => void;
  readonly signal?: AbortSignal;
}

export interface Added {
  readonly kind: 'model' | 'adapter';
  /** What wrote it: `PyTorch` */
  readonly format: string;
  readonly parameters: number;
  /** Of the weights, as they are now. */
  readonly bytes: number;
  /** What was left out or taken for granted, for people. */
  readonly remarks: readonly string[];
}

/** @throws UserError; then `output` is not there, nor anything else that was made. */
export async function addModel(addition: Addition): Promise<Added> {
  const [models, name] = [path.dirname(path.resolve(addition.output)), path.basename(addition.output)];
  const workplace = path.join(models, `.${name}.adding`);
  const made = path.join(models, `.${name}.added`);
  const claim = claimFolder(workplace, `${name} is added`);
  try {
    return await addClaimed(addition, made, path.join(workplace, 'unpacked'));
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw new UserError('Stopped; nothing was added');
    throw diskRefusal(error, models, 'Make room, and try again') ?? error;
  } finally {
    claim[Symbol.dispose]();
    rmSync(made, { recursive: true, force: true });
    rmSync(workplace, { recursive: true, force: true });
  }
}

/** @param made where the model is made. @param unpacked where archives are unpacked; both may have been left by a kill. */
async function addClaimed(addition: Addition, made: string, unpacked: string): Promise<Added> {
  const { source, output } = addition;
  if (existsSync(output)) {
    throw new UserError(`${output}: expected no such model yet, found one`, {
      hint: 'Choose another name with --as, or remove that folder first',
    });
  }
  for (const folder of [made, unpacked]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(made);
  try {
    const found = await findUnpacked(addition, unpacked);
    const add = () => (found.kind === 'adapter' ? addAdapter(found, made, addition) : addWhole(found, made, addition));
    const added = await add();
    readModelFolder(made);
    renameSync(made, output);
    return added;
  } catch (error) {
    throw inWords(error, [
      [`${unpacked}${path.sep}`, `${source}, `],
      [unpacked, source],
      [made, output],
    ]);
  }
}

type FoundModel = Exclude<Found, { kind: 'archive' }>;

async function findUnpacked({ source, onUnpack, signal }: Addition, unpacked: string): Promise<FoundModel> {
  const found = await findCheckpoint(source);
  if (found.kind !== 'archive') return found;
  onUnpack?.(found.file);
  await unpackModel(found.file, unpacked, signal);
  const inside = await findCheckpoint(unpacked);
  if (inside.kind === 'archive') throw new Error('A folder is no archive');
  return inside;
}

async function addWhole(found: FoundModel & { kind: 'model' }, made: string, addition: Addition): Promise<Added> {
  const checkpoint = await openWeights(found);
  try {
    const { config, remarks } = await configOf(checkpoint, found.folder);
    const { fitting, left } = fittingTensors(checkpoint, config);
    const tokenizer = await tokenizerFor(config.vocab_size, found.folder, addition.tokenizer);
    writeFileSync(path.join(made, 'tokenizer.json'), tokenizer.content);
    const { endOfText, vocabularySize } = loadTokenizer(made);
    if (vocabularySize > config.vocab_size) {
      throw unusable(addition.source, `a tokenizer of at most ${config.vocab_size} tokens`, `one of ${vocabularySize}`);
    }
    const bytes = await write(path.join(made, 'model.safetensors'), fitting, checkpoint, addition);
    writeJson(made, 'config.json', configJson(config, endOfText));
    writeJson(made, 'generation_config.json', { bos_token_id: endOfText, eos_token_id: endOfText, do_sample: true });
    writeJson(made, 'run.json', runOf(addition, checkpoint.format, found.folder));
    return { ...summaryOf('model', fitting, checkpoint), bytes, remarks: [...remarks, ...tokenizer.remarks, ...left] };
  } finally {
    checkpoint.close();
  }
}

async function addAdapter(
  { folder }: FoundModel & { kind: 'adapter' },
  made: string,
  addition: Addition,
): Promise<Added> {
  const [safetensors, pickled] = [ADAPTER_WEIGHTS, 'adapter_model.bin'].map((name) => path.join(folder, name));
  const checkpoint =
    existsSync(pickled!) && !existsSync(safetensors!) ? await openPytorch(pickled!) : openSafetensors(safetensors!);
  try {
    const config = readJson(path.join(folder, ADAPTER_CONFIG), 'the config of an adapter');
    const base = addition.base === undefined ? {} : { base_model_name_or_path: addition.base };
    writeJson(made, ADAPTER_CONFIG, { ...(config as object), ...base });
    baseFolder(made); // refuses what cannot be used before its weights are read
    const named = new Map(
      [...checkpoint.tensors].map(([name, tensor]) => [`base_model.model.transformer.${name}`, tensor]),
    );
    for (const tensor of named.values()) refuseOtherTypes(checkpoint, tensor);
    const bytes = await write(path.join(made, ADAPTER_WEIGHTS), named, checkpoint, addition);
    writeJson(made, 'run.json', runOf(addition, 'PEFT', folder));
    return { ...summaryOf('adapter', named, { ...checkpoint, format: 'PEFT' }), bytes, remarks: [] };
  } finally {
    checkpoint.close();
  }
}

async function openWeights({ weights, file }: FoundModel & { kind: 'model' }): Promise<Checkpoint> {
  if (weights === 'safetensors') return openSafetensors(file);
  if (weights === 'safetensors index') return openShardedSafetensors(file);
  if (weights === 'pytorch') return openPytorch(file);
  if (weights === 'pytorch index') return openShardedPytorch(file);
  return openTensorflow(file);
}

/** The parameters of such a GPT-2, each with its shape; and in words what else there is, which is of no use. */
function fittingTensors(checkpoint: Checkpoint, config: Gpt2Config) {
  const { file, tensors } = checkpoint;
  const expected = parameterShapes(config);
  const fitting = new Map<string, StoredTensor>();
  for (const [name, shape] of expected) {
    const tensor = tensors.get(name);
    if (!tensor) throw unusable(file, `${name} [${shape}], as its config has it`, 'no such tensor');
    if (tensor.shape.join() !== shape.join()) {
      throw unusable(file, `${tensor.name} [${shape}], as its config has it`, `[${tensor.shape}]`);
    }
    refuseOtherTypes(checkpoint, tensor);
    fitting.set(name, tensor);
  }
  const others = [...tensors].filter(([name]) => !expected.has(name) && !NOT_PARAMETERS.test(name));
  const layer = others.find(([name]) => name.startsWith('h.'));
  if (layer) throw unusable(file, `the ${expected.size} tensors of its config`, `${layer[1].name} among them`);
  return { fitting, left: others.map(([, { name }]) => `left out: ${name}, which is no part of a GPT-2`) };
}

function refuseOtherTypes({ file }: Checkpoint, { name, dtype }: StoredTensor): void {
  if (dtype === 'other') throw unusable(file, `${name} in F32, F16, BF16 or F64`, 'another type');
}

async function write(
  file: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  checkpoint: Checkpoint,
  { onProgress, signal }: Addition,
): Promise<number> {
  const bytes = bytesWritten(tensors);
  await refuseWithoutRoom(path.dirname(file), bytes);
  const onBytes = (bytesRead: number) => onProgress?.({ bytesRead, bytes });
  await writeParameters(file, tensors, { source: checkpoint.file, onBytes, signal });
  return bytes;
}

function summaryOf(kind: Added['kind'], tensors: ReadonlyMap<string, StoredTensor>, { format }: Checkpoint) {
  const sizes = [...tensors.values()].map(({ shape }) => shape.reduce((product, size) => product * size, 1));
  return { kind, format, parameters: sizes.reduce((sum, size) => sum + size, 0) };
}

function runOf({ source, now }: Addition, format: string, folder: string | undefined): object {
  const trained = folder === undefined ? undefined : trainedIn(folder);
  return { source: { path: path.basename(source), format, addedAt: now.toISOString(), ...(trained && { trained }) } };
}

const runSchema = z.object({ persona: z.string(), parent: z.string() });
const planSchema = z.object({ persona: z.string(), base: z.string() });

/** Of a run of `eidolon train`, or a checkpoint in one: whose texts it learned and what it began from, so that a regretted text is found. */
function trainedIn(folder: string): z.infer<typeof runSchema> | undefined {
  const run = runSchema.safeParse(jsonIn(path.join(folder, 'run.json'))).data;
  if (run) return run;
  const plan = planSchema.safeParse(jsonIn(path.join(folder, '..', 'plan.json'))).data;
  return plan && { persona: plan.persona, parent: plan.base };
}

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // it need not be there, and may be another program's
  }
}

function writeJson(folder: string, name: string, content: object): void {
  writeFileSync(path.join(folder, name), `${JSON.stringify(content, null, 2)}\n`);
}

/** The folders that a person knows, instead of the hidden ones, in the error's line. */
function inWords(error: unknown, names: readonly (readonly [hidden: string, known: string])[]): unknown {
  if (!(error instanceof UserError)) return error;
  const message = names.reduce((line, [hidden, known]) => line.replaceAll(hidden, known), error.message);
  return new UserError(message, { ...(error.hint === undefined ? {} : { hint: error.hint }), cause: error });
}
