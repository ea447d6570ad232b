/** Asks a model host that has just started for a text of one token: `node first-text.ts FOLDER`. */
import { startModelHost } from '../../src/host/model-host.ts';
import { createLog } from '../../src/log.ts';

const host = startModelHost(createLog({ level: 'silent' }));
const sampling = { temperature: 0.9, topK: 0, topP: 0.95, repetitionPenalty: 1, maxTokens: 1 };
await host.generate({ folder: process.argv[2] ?? '', prompt: 'The day', count: 1, seed: 1, sampling });
console.log('written');
await host.close();
