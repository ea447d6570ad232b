import { z } from 'zod';
import { settingsSchema } from './settings.ts';

/** persona.yaml for editors: what is written to schema/persona.json. Draft 7, because YAML editors know it best. */
export function personaJsonSchema(): z.core.JSONSchema.JSONSchema {
  const { $schema, ...rest } = z.toJSONSchema(settingsSchema, { io: 'input', target: 'draft-7' });
  return { $schema, title: 'Eidolon persona', ...rest };
}

/** The path of every setting, such as ['schedule', 'posts', 'every']. */
export function knownSettings(): readonly (readonly string[])[] {
  const known = settingsUnder(personaJsonSchema(), []);
  return [...new Map(known.map((path) => [path.join('.'), path])).values()]; // alternatives have settings in common
}

function settingsUnder(schema: z.core.JSONSchema._JSONSchema, parent: readonly string[]): (readonly string[])[] {
  if (typeof schema === 'boolean') return [];
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const path = [...parent, key];
    return [path, ...settingsUnder(child, path)];
  });
  const alternatives = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return [...own, ...alternatives.flatMap((alternative) => settingsUnder(alternative, parent))];
}
