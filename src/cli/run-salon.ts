/** `eidolon salon`: on the terminal, as a thread of the local network, or draft by draft on accounts. */
import path from 'node:path';
import { styleText } from 'node:util';
import type { SalonEnd, SalonTurn } from '../daemon/composing/hold-salon.ts';
import { holdSalon } from '../daemon/composing/hold-salon.ts';
import { UserError } from '../errors.ts';
import { onDevice } from '../host/host-calls.ts';
import { startModelHost } from '../host/model-host.ts';
import { createLog } from '../log.ts';
import { deviceFile } from '../model/device-file.ts';
import { loadPersona } from '../persona/load-persona.ts';
import type { Persona } from '../persona/persona.ts';
import { sayInSalon } from '../publishing/local.ts';
import { printable, wrapped } from '../review/printable.ts';
import { textWidth } from './draft-lines.ts';
import { endSentence, type SalonFlags } from './salon-flags.ts';
import { holdOnAccounts } from './salon-on-accounts.ts';
import { withStore } from './with-store.ts';

export async function runSalon(names: readonly string[], flags: SalonFlags): Promise<void> {
  await withStore(async (store, home) => {
    const personas = names.map((name) => loadPersona(path.join(home, 'personas', name)));
    if (flags.local || flags.accounts) refuseTwice(personas);
    const host = startModelHost(createLog(), { deviceFile: deviceFile(home) });
    try {
      const now = () => new Date();
      const speakers = personas.map((persona) => {
        return { store, home, persona, host: onDevice(persona.device, host), now };
      });
      if (flags.accounts) return await holdOnAccounts(speakers, flags);
      const seed = flags.seed ?? Math.floor(Math.random() * 2 ** 31);
      const salon = holdSalon({ speakers, opening: flags.opening?.trim(), most: flags.turns, seed });
      let parent: string | null = null;
      for (;;) {
        const { value, done } = await salon.next();
        if (done) return tellEnd(value, flags, seed);
        const url: string | undefined = flags.local
          ? await sayInSalon(store, { persona: value.persona, text: value.text, inReplyTo: parent, now: now() })
          : undefined;
        tellTurn(value, url, flags);
        parent = url ?? null;
      }
    } finally {
      await host.close();
    }
  });
}

/** On a network who answers is known by name alone. */
function refuseTwice(personas: readonly Persona[]): void {
  const names = personas.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new UserError(`Expected different personas to answer each other there, found ${twice} twice`, {
    hint: 'On the terminal one may talk to itself: leave --local and --accounts out',
  });
}

function tellTurn(turn: SalonTurn, url: string | undefined, { json }: SalonFlags): void {
  const { number, answers, persona, text, chosen, relevance, dullness, saidBefore } = turn;
  if (json) {
    const how = chosen && {
      score: chosen.score,
      seed: chosen.seed,
      found: chosen.found,
      relevance,
      dullness,
      saidBefore,
    };
    console.log(JSON.stringify({ turn: number, answers, persona, text, ...how, url }));
    return;
  }
  const width = textWidth();
  const mark = url ?? (chosen === null ? '' : chosen.score.toFixed(2));
  console.log(`${styleText('bold', persona)}  ${styleText('dim', mark)}`);
  for (const line of wrapped(printable(text), width - 2)) console.log(`  ${line}`);
}

function tellEnd(end: SalonEnd, { json }: SalonFlags, seed: number): void {
  if (json) console.log(JSON.stringify({ end: end.kind, ...('persona' in end && { persona: end.persona }), seed }));
  else console.error(`\n${endSentence(end)} Seed ${seed}.`);
}
