import { basename } from 'node:path';
import { Command } from 'commander';
import type { PersonaStatus, SpentStatus, Status } from '../daemon/status.ts';
import type { HostFigures } from '../host/host-calls.ts';

export function statusCommand(): Command {
  return new Command('status')
    .description('How each persona stands: posts, queue, mentions, acceptance, and why it is silent')
    .option('--json', 'as one JSON document')
    .addHelpText('after', '\nExample:\n  eidolon status --json')
    .action(status);
}

async function status({ json }: { readonly json?: boolean }): Promise<void> {
  const { withStore } = await import('./with-store.ts');
  const { readStatus } = await import('../daemon/status.ts');
  const now = new Date();
  const found = await withStore((store, home) => readStatus(store, home, now));
  console.log(json ? JSON.stringify(found, null, 2) : await describe(found, now));
}

async function describe({ daemon, host, personas }: Status, now: Date): Promise<string> {
  const { table } = await import('./table.ts');
  const { fromNow } = await import('../review/moment.ts');
  const when = (time: string | null) => (time === null ? '–' : fromNow(time, now));
  const rows = personas.map((persona) => [
    persona.name,
    when(persona.lastPost),
    persona.approved > 0 ? when(persona.nextPost) : '–',
    `${persona.pending} pending, ${persona.approved} approved`,
    accepted(persona),
    persona.model ?? '–',
    persona.device ?? '–',
  ]);
  const passedOver = personas.flatMap(({ name, passedOver }) =>
    passedOver === null ? [] : [`${name}: ${passedOver}`],
  );
  const silences = personas.filter(({ silence }) => silence !== null).map(({ name, silence }) => `${name}: ${silence}`);
  const { mentionsLine } = await import('./mentions-line.ts');
  const mentions = personas.flatMap((persona) => mentionsLine(persona, now) ?? []);
  const { nightLines } = await import('./night-lines.ts');
  const nights = personas.flatMap((persona) => nightLines(persona, now).map((line) => `${persona.name}: ${line}`));
  const runs = daemon ? `The daemon runs (process ${daemon.pid}, since ${daemon.since})` : 'The daemon is not running';
  const heading = ['persona', 'last post', 'next post', 'queue', 'accepted', 'model', 'device'];
  if (personas.length === 0) return `${runs}\nNo personas in personas/`;
  const spent = personas.flatMap(({ name, spent }) => (spent ? [`${name}: ${spentLine(spent)}`] : []));
  return [
    runs,
    ...(host ? [hostLine(host)] : []),
    '',
    table([heading, ...rows]),
    ...said(silences),
    ...said(mentions),
    ...said(passedOver),
    ...said(nights),
    ...said(spent),
  ].join('\n');
}

function hostLine({ models, rows, waiting, tokensPerSecond, firstToken, cacheBytes }: HostFigures): string {
  const megabytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MB`;
  const open = models.map(
    ({ folder, bits, bytes, device }) =>
      `${basename(folder)}${bits ? ` in ${bits} bits` : ''} ${megabytes(bytes)}${device ? ` on ${device}` : ''}`,
  );
  return [
    `Models open: ${open.join(', ') || 'none'}${cacheBytes > 0 ? `, and ${megabytes(cacheBytes)} of cache` : ''}`,
    `${rows} texts being written, ${waiting} requests waiting`,
    ...(tokensPerSecond === null ? [] : [`${Math.round(tokensPerSecond)} tokens a second`]),
    ...(firstToken.count === 0 ? [] : [`first token after ${(firstToken.seconds / firstToken.count).toFixed(2)} s`]),
  ].join('; ');
}

/** Today is the last 24 hours. Money is told of where there is some of it. */
function spentLine({ postsInDay, postsInMonth, readsInDay, readsInMonth, dollarsInMonth }: SpentStatus): string {
  const of = ({ used, most }: { used: number; most: number | null }, sign = '') =>
    `${sign}${used}${most === null ? '' : ` of ${sign}${most}`}`;
  const money =
    dollarsInMonth.used > 0 || dollarsInMonth.most !== null ? [`${of(dollarsInMonth, '$')} this month`] : [];
  return [
    `posts ${of(postsInDay)} today, ${of(postsInMonth)} this month`,
    `reads ${of(readsInDay)} today, ${of(readsInMonth)} this month`,
    ...money,
  ].join('; ');
}

const said = (lines: readonly string[]) => (lines.length > 0 ? ['', ...lines] : []);

function accepted({ acceptance: { accepted, decided } }: PersonaStatus): string {
  return decided === 0 ? '–' : `${Math.round((100 * accepted) / decided)}% of ${decided}`;
}
