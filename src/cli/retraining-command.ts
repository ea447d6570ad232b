/** The command that trains a persona's model again, from one that has not learned what was forgotten. */
import path from 'node:path';
import type { Persona } from '../persona/persona.ts';
import type { TrainedModels } from './models-trained-for.ts';

/** Null where nothing has learned it. The persona's model first, as what it is taught lies over that. */
export function retrainingCommand(persona: Persona, { models, origins }: TrainedModels): string | null {
  if (models.length === 0) return null;
  const { name } = persona;
  const usual = persona.train.from ?? origins.get(persona.model)?.parent ?? persona.model;
  const known = new Set(models.map((folder) => path.basename(folder)));
  let from: string | undefined = usual;
  for (const passed = new Set<string>(); from !== undefined && known.has(from); ) {
    passed.add(from);
    const parent: string | undefined = origins.get(from)?.parent;
    from = parent === undefined || passed.has(parent) ? undefined : parent;
  }
  const method = origins.get(name)?.method;
  const train = [
    `eidolon train ${name}`,
    // What has learned it is all that the model was made from: another one is wanted.
    ...(from === usual ? [] : [`--from ${from ?? 'MODEL'}`]),
    ...(method === undefined ? [] : [`--method ${method}`]),
  ].join(' ');
  const isTaught = models.some((folder) => folder.startsWith(path.join('personas', name, 'adapters')));
  return isTaught ? `${train} && eidolon learn ${name}` : train;
}
