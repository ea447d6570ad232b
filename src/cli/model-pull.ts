import { Command } from 'commander';
import type { Pulled } from '../model/hub/pull-model.ts';
import type { ProgressReport } from './progress-line.ts';

interface PullFlags {
  readonly as?: string;
  readonly json?: boolean;
}

export function pullCommand(): Command {
  return new Command('pull')
    .description('Fetch a GPT-2 from a Hugging Face hub into models/')
    .argument('<repository>', 'gpt2, gpt2-medium, gpt2-large, gpt2-xl, distilgpt2, or owner/name; a revision after @')
    .option('--as <name>', "the folder to make under models/ (default: the repository's name)")
    .option('--json', 'print what was pulled as JSON')
    .addHelpText(
      'after',
      `
Every file is verified by its hash. Stop it when you like: the same command goes on.
HF_TOKEN, in .env, opens private and gated repositories; HF_ENDPOINT names another hub than https://huggingface.co.

Examples:
  eidolon model pull distilgpt2
  eidolon model pull openai-community/gpt2@607a30d783dfa663caf39e06633721c8d4cfcd7e --as gpt2-2024`,
    )
    .action(async (repository: string, flags: PullFlags) => {
      await pull(repository, flags);
    });
}

async function pull(text: string, { as, json = false }: PullFlags): Promise<void> {
  const path = await import('node:path');
  const { setTimeout } = await import('node:timers/promises');
  const { home, hubEndpoint, loadEnvironment, secret } = await import('../environment.ts');
  const { UserError } = await import('../errors.ts');
  const { openHub } = await import('../model/hub/hub.ts');
  const { pullModel } = await import('../model/hub/pull-model.ts');
  const { parseReference } = await import('../model/hub/reference.ts');
  const { progressOn } = await import('./progress-line.ts');

  const root = home();
  loadEnvironment(root);
  const reference = parseReference(text);
  const name = as ?? path.basename(reference.repository);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    throw new UserError(`Expected a name for a folder under models/, found "${name}"`, {
      hint: 'Give one with --as: letters, digits, dots, hyphens',
    });
  }
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  let progress: ProgressReport | undefined; // from the first byte on, so that the rate is that of the download
  const tell = (line: string) => {
    progress?.clear();
    console.error(line);
  };
  const hub = openHub({
    endpoint: hubEndpoint(),
    token: secret('HF_TOKEN')?.trim() || undefined,
    signal: stopping.signal,
    wait: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
    onWait: (reason, milliseconds) => tell(`${reason}; trying again in ${Math.ceil(milliseconds / 1000)} s`),
  });

  try {
    const pulled = await pullModel(hub, {
      reference,
      models: path.join(root, 'models'),
      name,
      now: new Date(),
      onProgress(reading) {
        progress ??= progressOn(process.stderr, name);
        progress.report(reading);
      },
      onConvert: () => tell('All is fetched; making a model folder of it …'),
    });
    progress?.clear();
    console.log(json ? JSON.stringify({ model: name, ...pulled }) : inWords(name, pulled));
  } catch (error) {
    progress?.clear();
    if (!stopping.signal.aborted) throw error;
    throw new UserError('Stopped', { hint: 'What was fetched is kept: the same command goes on', cause: error });
  }
}

function inWords(name: string, { repository, commit, licence, bytes, isNew }: Pulled): string {
  const model = `models/${name} is ${repository} at ${commit.slice(0, 7)}`;
  if (!isNew) return `${model} already: nothing to do`;
  return `${model}, ${(bytes / 1e6).toFixed(1)} MB, licence ${licence ?? 'unknown: see its page on the hub'}`;
}
