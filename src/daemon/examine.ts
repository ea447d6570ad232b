/** Looks at everything that Eidolon stands on, and says of each that it is well or what to do. Changes nothing. */
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { loadEnvironment } from '../environment.ts';
import { UserError } from '../errors.ts';
import { readModelFolder } from '../model/model-folder.ts';
import { loadTokenizer } from '../model/tokenizer.ts';
import { loadPersonas } from '../persona/load-persona.ts';
import { openStore, type Store, storeFile } from '../store/store.ts';

export interface Finding {
  readonly subject: string;
  readonly ok: boolean;
  readonly found: string;
  /** What to do; only where something is not well. */
  readonly remedy?: string;
}

export async function examine(home: string, now: Date): Promise<readonly Finding[]> {
  const [store, clock] = await examineStore(home, now);
  return [
    examineNode(process.versions.node),
    await examineRuntime(),
    ...examineModels(home),
    ...examinePersonas(home),
    store,
    examineData(home),
    examineSecrets(home),
    clock,
  ];
}

function examineNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNew = major > 22 || (major === 22 && minor >= 18);
  return finding('Node', version, isNew ? undefined : 'Install Node 22.18 or newer; a clone has its own: npm ci');
}

async function examineRuntime(): Promise<Finding> {
  try {
    const { executionProviders } = await import('../model/execution-providers.ts'); // fails where the addon is missing
    const { version, bundled, fetched } = executionProviders();
    const { runtime } = await import('../onnx/runtime.ts');
    runtime();
    const more = fetched.length > 0 ? `; README says how to add ${fetched.join(', ')}` : '';
    return finding('onnxruntime', `${version}, with ${bundled.join(', ')}${more}`);
  } catch (error) {
    return refused('onnxruntime', error, 'Install it again: npm ci');
  }
}

function examineModels(home: string): readonly Finding[] {
  const folder = path.join(home, 'models');
  const names = foldersIn(folder);
  if (names.length === 0)
    return [finding('models', `none in ${folder}`, 'Put a GPT-2 folder there: eidolon model --help')];
  return names.map((name) =>
    explaining(`model ${name}`, 'Restore the folder, or take it away', () => {
      const { config, weights, adapter } = readModelFolder(path.join(folder, name));
      const { vocabularySize } = loadTokenizer(path.join(folder, name));
      const megabytes = Math.ceil(statSync((adapter?.weights ?? weights).file).size / 2 ** 20);
      const over = adapter ? `adapter over ${path.basename(path.dirname(weights.file))}, ` : '';
      return `${over}${config.n_layer} layers of ${config.n_embd}, ${vocabularySize} tokens, ${megabytes} MB`;
    }),
  );
}

function examinePersonas(home: string): readonly Finding[] {
  const { personas, broken } = loadPersonas(home);
  if (personas.length + broken.length === 0) {
    return [finding('personas', `none in ${path.join(home, 'personas')}`, 'Make one: eidolon persona new')];
  }
  const models = foldersIn(path.join(home, 'models'));
  return [
    ...personas.map(({ name, model, account }) =>
      models.includes(model)
        ? finding(`persona ${name}`, `model ${model}, network ${account.network}`)
        : finding(
            `persona ${name}`,
            `no model ${model} in ${path.join(home, 'models')}`,
            `Put it there, or name another in persona.yaml: ${models.join(', ') || 'there is none yet'}`,
          ),
    ),
    ...broken.map(({ name, error }) => refused(`persona ${name}`, error, 'Mend the folder')),
  ];
}

async function examineStore(home: string, now: Date): Promise<readonly [store: Finding, clock: Finding]> {
  const file = storeFile(home);
  const clock = examineClock(null, now);
  if (!existsSync(file)) return [finding('store', `none yet; ${file} is made on first use`), clock];
  try {
    const store = openStore(file);
    try {
      return [await quickCheck(store, file), examineClock(await newestTime(store), now)];
    } finally {
      await store.close();
    }
  } catch (error) {
    return [refused('store', error, 'Restore a backup, or move the file away to start anew'), clock];
  }
}

async function quickCheck({ db }: Store, file: string): Promise<Finding> {
  const { rows } = await sql<{ quick_check: string }>`pragma quick_check(1)`.execute(db);
  const found = rows[0]?.quick_check ?? 'no answer';
  if (found !== 'ok')
    return finding('store', `${file}: ${found}`, 'Restore a backup, or move the file away to start anew');
  return finding('store', file);
}

async function newestTime({ db }: Store): Promise<string | null> {
  const { newest } = await db
    .selectFrom('rounds')
    .select(({ fn }) => fn.max('created_at').as('newest'))
    .executeTakeFirstOrThrow();
  return newest;
}

/** This file is no older, so a clock that says otherwise is wrong; nor can it stand before what it has dated already. */
const WRITTEN = new Date('2026-11-01T00:00:00Z');
const TOLERANCE_MS = 60_000;

function examineClock(newest: string | null, now: Date): Finding {
  const remedy = 'Set the clock: posts go out by it';
  if (now < WRITTEN) return finding('clock', `${now.toISOString()}, before this program was written`, remedy);
  if (newest !== null && now.getTime() + TOLERANCE_MS < new Date(newest).getTime()) {
    return finding('clock', `${now.toISOString()}, and the store holds a round of ${newest}`, remedy);
  }
  return finding('clock', `${now.toISOString()}, here ${Intl.DateTimeFormat().resolvedOptions().timeZone}`);
}

function examineData(home: string): Finding {
  const folder = [path.join(home, 'data'), home].find((candidate) => existsSync(candidate)) ?? home;
  return explaining('data', `Make ${folder} writable`, () => {
    accessSync(folder, constants.W_OK);
    return `${folder} is writable`;
  });
}

function examineSecrets(home: string): Finding {
  const file = path.join(home, '.env');
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat) return finding('.env', 'none, and none is needed for the local network');
  if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) {
    const mode = (stat.mode & 0o777).toString(8);
    return finding('.env', `${file} can be read by others (mode ${mode})`, `chmod 600 ${file}`);
  }
  return explaining('.env', 'Mend the file', () => {
    loadEnvironment(home);
    return `${file}, yours alone`;
  });
}

function foldersIn(folder: string): readonly string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder)
    .filter(
      (name) => !name.startsWith('.') && statSync(path.join(folder, name), { throwIfNoEntry: false })?.isDirectory(),
    )
    .toSorted();
}

function finding(subject: string, found: string, remedy?: string): Finding {
  return { subject, ok: remedy === undefined, found, ...(remedy !== undefined && { remedy }) };
}

function explaining(subject: string, remedy: string, look: () => string): Finding {
  try {
    return finding(subject, look());
  } catch (error) {
    return refused(subject, error, remedy);
  }
}

function refused(subject: string, error: unknown, remedy: string): Finding {
  const hint = error instanceof UserError ? error.hint : undefined;
  return finding(subject, error instanceof Error ? error.message : String(error), hint ?? remedy);
}
