import { existsSync } from 'node:fs';
import path from 'node:path';
import { home } from '../environment.ts';
import { tidy } from '../generation/tidy.ts';
import type { Generated } from '../generation/written-row.ts';
import { startModelHost } from '../host/model-host.ts';
import { modelOf } from '../learning/adapter/model-of.ts';
import { createLog } from '../log.ts';
import { deviceFile } from '../model/device-file.ts';
import { loadPersona } from '../persona/load-persona.ts';
import type { Persona } from '../persona/persona.ts';
import { settingsSchema } from '../persona/settings.ts';
import { randomFrom } from '../random.ts';
import { openStore, storeFile } from '../store/store.ts';
import type { GenerateFlags } from './generate.ts';

/** `eidolon generate`: what is written here goes nowhere else. */
export async function generateTexts(name: string | undefined, flags: GenerateFlags): Promise<void> {
  const root = home();
  const persona = name === undefined ? undefined : loadPersona(path.join(root, 'personas', name));
  const seed = flags.seed ?? Math.floor(Math.random() * 2 ** 31);
  const prompt = flags.prompt ?? drawPrompt(persona, seed);
  const { name: spoken, folder } = await modelFor(root, persona, flags.model);
  const host = startModelHost(createLog(), { device: persona?.device ?? 'auto', deviceFile: deviceFile(root) });
  try {
    const { generated } = await host.generate({
      folder,
      waiter: 'person',
      bits: 'chosen',
      prompt,
      count: flags.count,
      seed,
      sampling: samplingOf(persona, flags),
      ...(persona && { maxCharacters: persona.length.max }),
    });
    const texts = generated.map((row) => shown(row, persona, flags.raw));
    if (flags.json) console.log(JSON.stringify(texts));
    else {
      console.log(texts.map(({ text }) => text).join('\n\n'));
      console.error(`\n${spoken}, seeds ${seed} to ${seed + flags.count - 1}`);
    }
  } finally {
    await host.close();
  }
}

/** What the persona speaks with today, unless another model is asked for. Reads the store where there is one. */
async function modelFor(root: string, persona: Persona | undefined, asked: string | undefined) {
  const file = storeFile(root);
  if (asked === undefined && persona && existsSync(file)) {
    const store = openStore(file);
    try {
      return await modelOf(root, store, persona);
    } finally {
      await store.close();
    }
  }
  const name = asked ?? persona?.model ?? 'starter';
  return { name, folder: path.join(root, 'models', name) };
}

/** An opening that follows from the seed too, so that the same command writes the same texts. */
function drawPrompt(persona: Persona | undefined, seed: number): string {
  const prompts = persona?.prompts ?? [];
  return prompts[Math.floor(randomFrom(seed)() * prompts.length)] ?? '';
}

/** Flags come before the persona's settings, and these before what every persona begins with. */
function samplingOf(persona: Persona | undefined, flags: GenerateFlags): Persona['sampling'] {
  const usual = persona?.sampling ?? settingsSchema.shape.sampling.parse(undefined);
  return {
    temperature: flags.temperature ?? usual.temperature,
    topK: flags.topK ?? usual.topK,
    topP: flags.topP ?? usual.topP,
    repetitionPenalty: flags.repetitionPenalty ?? usual.repetitionPenalty,
    maxTokens: flags.maxTokens ?? usual.maxTokens,
  };
}

function shown({ text, tokens, logProbabilities, seed, finish }: Generated, persona: Persona | undefined, raw = false) {
  const allowed = persona?.allow ?? { mentions: [], links: [], hashtags: [] };
  return {
    text: raw ? text : tidy(text, allowed, finish),
    tokens,
    logProbability: logProbabilities.reduce((sum, value) => sum + value, 0),
    seed,
  };
}
