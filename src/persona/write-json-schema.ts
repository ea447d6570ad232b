import { writeFileSync } from 'node:fs';
import { personaJsonSchema } from './json-schema.ts';

const file = new URL('../../schema/persona.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(personaJsonSchema(), null, 2)}\n`);
