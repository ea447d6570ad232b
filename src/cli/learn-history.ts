import path from 'node:path';
import { probabilityWorse, tryOut } from '../learning/adapter/acceptance.ts';
import { listAdapters, movesOf, type TaughtAdapter } from '../learning/adapter/adapters.ts';
import type { Manifest } from '../learning/adapter/finish-learning.ts';
import { trialSides, watchSides } from '../learning/adapter/voice.ts';
import { loadPersona } from '../persona/load-persona.ts';
import type { Persona } from '../persona/persona.ts';
import { moment } from '../review/moment.ts';
import { printable } from '../review/printable.ts';
import type { Store } from '../store/store.ts';
import { rowLine } from './learn-persona.ts';
import { withStore } from './with-store.ts';
import { zones } from './zones.ts';

/** `eidolon learn history`: all that was ever taught, refused ones too. */
export function learnHistory(name: string, json: boolean): Promise<void> {
  return withStore(async (store, home) => {
    const persona = loadPersona(path.join(home, 'personas', name));
    const told = [];
    for (const adapter of await listAdapters(store, name)) told.push(await storyOf(store, persona, adapter));
    if (json) return console.log(JSON.stringify(told, null, 2));
    if (told.length === 0) return console.log(`${name} was taught nothing yet: eidolon learn ${name}`);
    const zone = zones(home)(name);
    console.log(told.map((story) => [...linesOf(story, zone)].join('\n')).join('\n\n'));
  });
}

type Story = Awaited<ReturnType<typeof storyOf>>;

async function storyOf(store: Store, persona: Persona, adapter: TaughtAdapter) {
  const { id, status, parent, createdAt } = adapter;
  const manifest = adapter.manifest as Manifest;
  const moves = await movesOf(store, id);
  const trial = status === 'candidate' ? tryOut(...(await trialSides(store, persona, adapter))).row : null;
  const watch = status === 'live' ? await watchSides(store, adapter) : null;
  return {
    id,
    status,
    parent,
    createdAt,
    manifest,
    trial,
    watch: watch && { ...watch, probabilityWorse: probabilityWorse(watch.newer, watch.older) },
    moves: moves.map(({ to_status, by, reason, at }) => ({ to: to_status, by, reason, at })),
  };
}

function* linesOf({ id, status, parent, createdAt, manifest, trial, watch, moves }: Story, zone: string) {
  const now = new Date();
  const { train, validation, test } = manifest.decisions;
  const texts = train.length + validation.length + test.length;
  yield `Adapter ${id}, ${status}: over ${parent}, ${moment(createdAt, now, zone)}, ${manifest.method}, from ${texts} decisions`;
  yield `  strength ${manifest.strength} of what was trained, so that its voice keeps its variety`;
  // What is tried now has newer numbers than its manifest.
  const rows = trial ? [...manifest.rows.slice(0, -1), trial] : manifest.rows;
  for (const row of rows) yield `  ${rowLine(row)}`;
  if (watch) {
    const { newer, older, probabilityWorse: worse } = watch;
    yield `  watched: ${newer.accepted} of ${newer.decided} blind drafts approved, ${older.accepted} of ${older.decided} before it; worse with probability ${worse.toFixed(2)}`;
  }
  for (const { to, by, reason, at } of moves) {
    yield `  ${moment(at, now, zone)}  ${to}, by ${by}: ${printable(reason, { oneLine: true })}`;
  }
}
