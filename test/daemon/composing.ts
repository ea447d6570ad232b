/** What composing needs, without a model: a host that answers with the texts it is given. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import type { Composing } from '../../src/daemon/composing/compose-draft.ts';
import type { ModelHost } from '../../src/host/host-calls.ts';
import type { Persona } from '../../src/persona/persona.ts';
import { settingsSchema } from '../../src/persona/settings.ts';
import { randomFrom } from '../../src/random.ts';
import type { Store } from '../../src/store/store.ts';

export const NOON = new Date('2026-06-01T12:00Z');

export function persona(changes: Partial<Persona> = {}): Persona {
  const { prompts: _, corpus: __, undo, ...settings } = settingsSchema.parse({ name: 'ada', model: 'toy' });
  const quality = { ...settings.quality, byChance: 0, blind: 0 };
  return {
    ...settings,
    quality,
    folder: 'personas/ada',
    prompts: ['Once'],
    corpusFile: undefined,
    undoMs: undo,
    ...changes,
  };
}

/** Each call gets the next list of texts; all of them ended by themselves. */
export function hostSaying(...rounds: readonly (readonly string[])[]): ModelHost {
  let call = 0;
  return {
    async generate({ seed }) {
      const texts = rounds[Math.min(call++, rounds.length - 1)] ?? [];
      const generated = texts.map((text, index) => {
        return { seed: seed + index, text, tokens: 2, logProbabilities: [-1, -2], finish: 'end-of-text' as const };
      });
      return { model: { name: 'toy', hash: '3f9a' }, generated };
    },
    async score({ texts }) {
      const scores = texts.map((text) => ({
        logProbabilities: Float32Array.of(-2, -3),
        hidden: Float32Array.of(text.length / 100, text.split(' ').length / 10, 0.5),
      }));
      return { model: { name: 'toy', hash: '3f9a' }, scores };
    },
    figures: () => Promise.reject(new Error('not asked for')),
  };
}

export function composing(store: Store, host: ModelHost, changes: Partial<Composing> = {}): Composing {
  return { store, host, persona: persona(), home: homeOf(store), now: () => NOON, random: randomFrom(1), ...changes };
}

const homes = new WeakMap<Store, string>();

/** What is learned of a store's decisions lies on disk, and is no other's. */
function homeOf(store: Store): string {
  const home = homes.get(store) ?? mkdtempSync(path.join(tmpdir(), 'eidolon-composing-'));
  if (!homes.has(store)) after(() => rmSync(home, { recursive: true, force: true }));
  homes.set(store, home);
  return home;
}

export const GOOD = ['Hope is a thing with a bill attached.', 'A clock is a device for being late by.'];
const WORDS =
  `the people who would have been there with their garden before another winter should never think about which river
  could bring them home again because every morning something quiet happened between these houses while somebody always
  wondered whether those children were still waiting under that bridge after school where nothing much had changed`.split(
    /\s+/,
  );

/** Different texts of at least `length` characters, in English words if not in English. */
export function texts(count: number, length: number, seed = 1): string[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => {
    let text = 'Nr';
    while (text.length < length) text += ` ${WORDS[Math.floor(random() * WORDS.length)]}`;
    return `${text}.`;
  });
}

export const BAD = ['Too short.', 'This one was cut in the middle of,'];
