import type { CorpusSettings } from '../../src/corpus/rules.ts';
import { settingsSchema } from '../../src/persona/settings.ts';

/** What a persona says of its corpus where it says nothing. */
export const SETTINGS: CorpusSettings = settingsSchema.parse({ name: 'ada', model: 'starter' });
