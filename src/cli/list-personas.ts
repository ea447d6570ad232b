import { rhythmOf } from '../daemon/schedule/schedule-of.ts';
import { home } from '../environment.ts';
import { loadPersonas } from '../persona/load-persona.ts';

/** `eidolon persona list`: also those that cannot be read, with what is wrong. */
export function listPersonas(json: boolean): void {
  const { personas, broken } = loadPersonas(home());
  const rows = [
    ...personas.map(({ name, model, language, account, schedule, prompts }) => {
      const { everyMs } = schedule.posts;
      const row = { name, model, language, network: account.network, everyMs, prompts: prompts.length, problem: null };
      return { row, rhythm: rhythmOf(schedule.posts) };
    }),
    ...broken.map(({ name, error }) => ({ row: { name, problem: error.message }, rhythm: '' })),
  ].toSorted((a, b) => (a.row.name < b.row.name ? -1 : 1));

  const lines = rows.map(({ row, rhythm }) => {
    if (row.problem !== null) return [row.name, `cannot be read: ${row.problem}`];
    const { name, model, language, network } = row;
    return [name, `${model}, ${language}, ${rhythm} to ${network}`];
  });
  if (json) console.log(JSON.stringify(rows.map(({ row }) => row)));
  else if (rows.length === 0) console.log('No personas. Make one: eidolon persona new');
  else console.log(aligned(lines));
}

function aligned(lines: readonly (readonly string[])[]): string {
  const width = Math.max(...lines.map(([name = '']) => name.length));
  return lines.map(([name = '', text = '']) => `${name.padEnd(width)}  ${text}`).join('\n');
}
