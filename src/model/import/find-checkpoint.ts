/** What of a model lies in a folder or a file, by names as programs give them and by first bytes. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { kindOf } from '../../archive/container-file.ts';
import { LIMITS } from '../../archive/container-limits.ts';
import { UserError } from '../../errors.ts';
import { ADAPTER_CONFIG, isAdapter } from '../peft.ts';
import { isTorchZip } from './pytorch-checkpoint.ts';
import { readRange } from './read-range.ts';

export type Weights = 'safetensors' | 'safetensors index' | 'pytorch' | 'pytorch index' | 'tensorflow';

export type Found =
  | {
      readonly kind: 'model';
      readonly weights: Weights;
      /** Of a TensorFlow checkpoint, the path up to `.index`. */
      readonly file: string;
      /** Where config and tokenizer lie; a file that was given alone has none. */
      readonly folder?: string;
    }
  | { readonly kind: 'adapter'; readonly folder: string }
  | { readonly kind: 'archive'; readonly file: string };

/** In the order in which they are preferred, where several lie side by side. */
const USUAL: readonly (readonly [name: string, weights: Weights])[] = [
  ['model.safetensors', 'safetensors'],
  ['model.safetensors.index.json', 'safetensors index'],
  ['pytorch_model.bin', 'pytorch'],
  ['pytorch_model.bin.index.json', 'pytorch index'],
];
const DEPTH = 4;
const MOST_FOLDERS = 1000;

/** @throws UserError where there is no model, or more than one. */
export async function findCheckpoint(source: string): Promise<Found> {
  const stat = statSync(source, { throwIfNoEntry: false });
  if (!stat) throw new UserError(`${source}: expected a file or folder, found none`);
  return stat.isDirectory() ? findInFolder(source) : findInFile(source);
}

async function findInFolder(source: string): Promise<Found> {
  let folders = [source];
  let looked = 0;
  for (let depth = 0; depth <= DEPTH && folders.length > 0; depth++) {
    looked += folders.length;
    if (looked > MOST_FOLDERS) break;
    const found: Found[] = [];
    for (const folder of folders) {
      const here = lookIn(folder);
      if (here) found.push(here);
    }
    const [first] = found;
    if (first && found.length === 1) return first;
    if (first) throw several(source, found);
    folders = folders.flatMap(foldersIn);
  }
  throw new UserError(`${source}: expected a GPT-2, found ${othersIn(source)}`, {
    hint: 'eidolon model add --help says which files it takes',
  });
}

function lookIn(folder: string): Found | undefined {
  if (isAdapter(folder)) return { kind: 'adapter', folder };
  for (const [name, weights] of USUAL) {
    const file = path.join(folder, name);
    if (existsSync(file)) return { kind: 'model', weights, file, folder };
  }
  const tensorflow = latestCheckpoint(folder);
  if (tensorflow) return { kind: 'model', weights: 'tensorflow', file: tensorflow, folder };

  const bare = namesIn(folder).filter((name) => BARE.test(name) && !BESIDE.test(name));
  const [name, second] = bare;
  if (name === undefined) return undefined;
  if (second !== undefined) {
    throw new UserError(`${folder}: expected one file of weights, found ${listed(bare)}`, {
      hint: `Give one of them: eidolon model add ${path.join(folder, name)}`,
    });
  }
  const weights = name.endsWith('.safetensors') ? 'safetensors' : 'pytorch';
  return { kind: 'model', weights, file: path.join(folder, name), folder };
}

const BARE = /\.(safetensors|bin|pt|pth|ckpt)$/i;
/** What trainers keep beside the weights. */
const BESIDE = /^(optimizer|scheduler|training_args|rng_state|scaler|trainer)/;

/** The path up to `.index` of the checkpoint that `checkpoint` names, or of the only one. */
function latestCheckpoint(folder: string): string | undefined {
  const prefixes = namesIn(folder).flatMap((name) =>
    name.endsWith('.index') ? [name.slice(0, -'.index'.length)] : [],
  );
  if (prefixes.length === 0) return undefined;
  const state = path.join(folder, 'checkpoint');
  const isFile = statSync(state, { throwIfNoEntry: false })?.isFile();
  const [, named = ''] = /^model_checkpoint_path: "([^"]*)"/m.exec(isFile ? readFileSync(state, 'utf8') : '') ?? [];
  const latest = named.split(/[\\/]/).at(-1) ?? '';
  if (prefixes.includes(latest)) return path.join(folder, latest);
  if (latest === '' && prefixes.length === 1) return path.join(folder, prefixes[0]!);
  const expected =
    latest === '' ? 'a file checkpoint that says which is the latest' : `${latest}.index, as checkpoint says`;
  throw new UserError(`${folder}: expected ${expected}, found ${listed(prefixes)}`, {
    hint: `Give one of them: eidolon model add ${path.join(folder, prefixes[0]!)}.index`,
  });
}

async function findInFile(file: string): Promise<Found> {
  const [folder, name] = [path.dirname(file), path.basename(file)];
  if (name === ADAPTER_CONFIG || /^adapter_model\.(safetensors|bin)$/.test(name)) return { kind: 'adapter', folder };
  if (name === 'checkpoint' && latestCheckpoint(folder) !== undefined) return findInFolder(folder);
  const usual = USUAL.find(([known]) => known === name);
  if (usual) {
    const described = existsSync(path.join(folder, 'config.json')) ? { folder } : {};
    return { kind: 'model', weights: usual[1], file, ...described };
  }
  const [, prefix] = /^(.*)\.(?:index|meta|data-\d{5}-of-\d{5})$/.exec(file) ?? [];
  if (prefix !== undefined) return { kind: 'model', weights: 'tensorflow', file: prefix, folder };
  if (file.endsWith('.index.json')) {
    return { kind: 'model', weights: name.includes('.bin') ? 'pytorch index' : 'safetensors index', file, folder };
  }
  return byContent(file);
}

async function byContent(file: string): Promise<Found> {
  const kind = await kindOf(file, file, LIMITS);
  if (kind === 'zip') {
    return (await isTorchZip(file)) ? { kind: 'model', weights: 'pytorch', file } : { kind: 'archive', file };
  }
  if (kind !== 'file') return { kind: 'archive', file };
  const { size } = statSync(file);
  const head = Buffer.from(await readRange(file, 0, Math.min(size, 9)));
  // The header's length, then its JSON.
  if (file.endsWith('.safetensors') || head[8] === 0x7b) return { kind: 'model', weights: 'safetensors', file };
  if (BARE.test(file) || head[0] === 0x80) return { kind: 'model', weights: 'pytorch', file };
  throw new UserError(`${file}: expected a file of weights, found something else`, {
    hint: 'eidolon model add --help says which files it takes',
  });
}

function several(source: string, found: readonly Found[]): UserError {
  const folders = found.map((one) => path.relative(source, ('folder' in one && one.folder) || '') || '.');
  return new UserError(`${source}: expected one model, found ${found.length}: ${listed(folders)}`, {
    hint: `Give one of them: eidolon model add ${path.join(source, folders[0]!)}`,
  });
}

const FOREIGN = /\.(h5|msgpack|ot|gguf|onnx|tflite)$/;

function othersIn(folder: string): string {
  const foreign = namesIn(folder).find((name) => FOREIGN.test(name));
  return foreign ? `${foreign} only, which is in a format of another program` : 'none of its files';
}

/** Of files, also those that are links, as in the hub's cache. */
function namesIn(folder: string): string[] {
  const isFile = (name: string) => statSync(path.join(folder, name), { throwIfNoEntry: false })?.isFile();
  return readdirSync(folder).filter(isFile).sort();
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== '__MACOSX')
    .map(({ name }) => path.join(folder, name))
    .sort();
}

function listed(names: readonly string[]): string {
  return names.length > 4 ? `${names.slice(0, 4).join(', ')}, …` : names.join(', ');
}
