/** Which models have learned from a persona's corpus: its own, and all that were made from it. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Persona } from '../persona/persona.ts';

const runSchema = z.object({
  parent: z.string().optional().catch(undefined),
  persona: z.string().optional().catch(undefined),
});

/** Relative to the home folder: `models/ambrose`, `data/runs/ambrose/2026-01-02-1`, `personas/ambrose/adapters/3`. */
export function modelsTrainedFor(persona: Persona, home: string): string[] {
  const trained = globSync(['models/*/run.json', 'data/runs/*/*/run.json'], { cwd: home });
  // What a persona was taught lies over its model, and was held against its texts.
  const taught = globSync('personas/*/adapters/*/adapter_config.json', { cwd: home });
  const runs = [...trained, ...taught.map((file) => path.join(path.dirname(file), 'run.json'))]
    .sort()
    .map((file) => ({ folder: path.dirname(file), run: readRun(path.join(home, file)) }));
  const own = runs.filter(
    ({ folder, run }) =>
      run.persona === persona.name ||
      (run.parent !== undefined && path.basename(folder) === persona.name) ||
      folder.startsWith(path.join('personas', persona.name, 'adapters')),
  );
  const found = new Set(own.map(({ folder }) => folder));
  for (let before = -1; before < found.size; ) {
    before = found.size;
    const names = new Set([...found].map((folder) => path.basename(folder)));
    for (const { folder, run } of runs) if (run.parent !== undefined && names.has(run.parent)) found.add(folder);
  }
  return [...found].sort();
}

function readRun(file: string): z.infer<typeof runSchema> {
  if (!existsSync(file)) return {};
  try {
    return runSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return {}; // a model of another maker may keep something else there
  }
}
