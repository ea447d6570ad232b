import { Command, InvalidArgumentError } from 'commander';

interface StartFlags {
  readonly dryRun?: boolean;
  readonly metrics?: number;
}

export function startCommand(): Command {
  return new Command('start')
    .description('Write drafts for every persona, and publish what you approve, until Ctrl-C')
    .option('--dry-run', 'publish nothing: say what would be')
    .option('--metrics <port>', 'serve figures for Prometheus at http://127.0.0.1:PORT/metrics', port)
    .addHelpText('after', '\nExample:\n  eidolon start --metrics 9400')
    .action(start);
}

async function start({ dryRun = false, metrics }: StartFlags): Promise<void> {
  const { beginWith, GIVES_MEMORY_BACK } = await import('../malloc.ts');
  beginWith(GIVES_MEMORY_BACK);
  const path = await import('node:path');
  const { home, loadEnvironment, logLevel } = await import('../environment.ts');
  const { createLog } = await import('../log.ts');
  const { runDaemon } = await import('../daemon/daemon.ts');
  const folder = home();
  loadEnvironment(folder);
  const log = createLog({ level: logLevel(), file: path.join(folder, 'data', 'logs', 'eidolon.log') });

  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => ending.abort());
  await runDaemon({
    home: folder,
    log,
    dryRun,
    metricsPort: metrics,
    signal: ending.signal,
    onStart: (personas) => {
      if (process.stderr.isTTY) console.error(greeting(personas, dryRun, path.extname(import.meta.filename)));
    },
  });
}

function port(given: string): number {
  const number = Number(given);
  if (/^\d+$/.test(given) && number < 2 ** 16) return number;
  throw new InvalidArgumentError('Expected a port, 0 to 65535.');
}

function greeting(personas: readonly string[], dryRun: boolean, extension: string): string {
  const command = extension === '.ts' ? 'npx eidolon' : 'eidolon'; // a clone has it nowhere on the PATH
  const who = personas.length > 0 ? `writes for ${personas.join(', ')}` : 'waits for a persona in personas/';
  return [
    `Eidolon ${who}${dryRun ? ', and publishes nothing: this is a dry run' : ''}. Ctrl-C ends it.`,
    personas.length > 0
      ? `Nothing is posted before you approve it; in another terminal: ${command} review`
      : `Make one: ${command} persona new`,
  ].join('\n');
}
