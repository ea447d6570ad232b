/** Which models have learned from a persona's corpus: its own, and all that were made from it. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { sourceOf } from '../model/quantization/precision.ts';
import type { Persona } from '../persona/persona.ts';

const text = z.string().optional().catch(undefined);
const trainedSchema = z.object({ persona: text, parent: text });
const runSchema = trainedSchema.extend({
  base: text, // in plan.json
  settings: z
    .array(z.object({ name: text, value: z.unknown(), source: text }))
    .optional()
    .catch(undefined),
  source: z
    .object({ addedAt: text, trained: trainedSchema.optional().catch(undefined) })
    .optional()
    .catch(undefined),
});

/** As a run tells where a setting comes from. */
const FROM_COMMAND = 'command line';

interface Trace {
  readonly folder: string;
  readonly persona: string | undefined;
  /** The name of what it was made from. */
  readonly parent: string | undefined;
  readonly method: string | undefined;
  /** It came through `model add`, and not from a run of ours. */
  readonly isBrought: boolean;
}

export interface TrainedModels {
  /** Relative to the home folder: `models/ambrose`, `data/runs/ambrose/2026-01-02-1`, `personas/ambrose/adapters/3`. */
  readonly models: readonly string[];
  /** Those that were brought from elsewhere, of which nobody here knows what they learned. */
  readonly unknown: readonly string[];
  /** Of every model, by its name. */
  readonly origins: ReadonlyMap<string, Origin>;
}

export interface Origin {
  readonly parent: string | undefined;
  /** Where whoever trained it said it in the command, and persona.yaml does not. */
  readonly method: string | undefined;
}

export function modelsTrainedFor(persona: Persona, home: string): TrainedModels {
  const traces = tracesIn(home);
  const own = traces.filter(
    ({ folder, ...trace }) =>
      trace.persona === persona.name ||
      (trace.parent !== undefined && path.basename(folder) === persona.name) ||
      folder.startsWith(path.join('personas', persona.name, 'adapters')),
  );
  const found = new Set(own.map(({ folder }) => folder));
  for (let before = -1; before < found.size; ) {
    before = found.size;
    const names = new Set([...found].map((folder) => path.basename(folder)));
    for (const { folder, parent } of traces) if (parent !== undefined && names.has(parent)) found.add(folder);
  }
  const brought = traces.filter(({ folder, isBrought }) => isBrought && !found.has(folder));
  const models = traces.filter(({ folder }) => path.dirname(folder) === 'models');
  return {
    models: [...found].sort(),
    unknown: brought.map(({ folder }) => folder).sort(),
    origins: new Map(models.map(({ folder, ...origin }) => [path.basename(folder), origin])),
  };
}

function tracesIn(home: string): Trace[] {
  const foldersWith = (pattern: string) => globSync(pattern, { cwd: home }).map((file) => path.dirname(file));
  const models = new Set(foldersWith('models/*/{run,config}.json'));
  // Checkpoints are models too, and stay where a run was stopped and never gone on with.
  const unfinished = foldersWith('data/runs/*/*/{latest,best}');
  const runs = new Set([...foldersWith('data/runs/*/*/run.json'), ...unfinished]);
  // What a persona was taught lies over its model, and was held against its texts.
  const taught = foldersWith('personas/*/adapters/*/adapter_config.json');
  return [...models, ...runs, ...taught].map((folder) => {
    const where = path.join(home, folder);
    const run = read(path.join(where, 'run.json')) ?? read(path.join(where, 'plan.json'));
    const trained = run?.source?.trained;
    const method = run?.settings?.find(({ name, source }) => name === 'method' && source === FROM_COMMAND)?.value;
    return {
      folder,
      persona: run?.persona ?? trained?.persona,
      parent: run?.parent ?? run?.base ?? trained?.parent ?? sourceOf(where)?.name,
      method: typeof method === 'string' ? method : undefined,
      isBrought: run?.source?.addedAt !== undefined && trained === undefined,
    };
  });
}

function read(file: string): z.infer<typeof runSchema> | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return runSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined; // a model of another maker may keep something else there
  }
}
