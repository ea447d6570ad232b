import { Command, Option } from 'commander';

interface ExportFlags {
  readonly to?: string;
  readonly dtype?: 'f32' | 'f16';
}

export function exportCommand(): Command {
  return new Command('export')
    .description("Write a model as a folder for other programs: Python's transformers, Transformers.js")
    .argument('<name>', 'a folder under models/')
    .option('--to <folder>', 'where to (default: data/exports/<name>)')
    .addOption(
      new Option('--dtype <type>', 'how the weights are stored (default: as they are)').choices(['f32', 'f16']),
    )
    .addHelpText(
      'after',
      `
An adapter is added into the weights of its base. An earlier export in the same folder is replaced.

Example:
  eidolon model export ambrose --to ambrose-gpt2`,
    )
    .action(writeExport);
}

async function writeExport(name: string, { to, dtype }: ExportFlags): Promise<void> {
  const path = await import('node:path');
  const { home } = await import('../environment.ts');
  const { exportModel } = await import('../model/export/export-model.ts');
  const { table } = await import('./table.ts');
  const root = home();
  const folder = to ?? path.join(root, 'data', 'exports', path.basename(name));
  const files = exportModel(path.join(root, 'models', name), folder, {
    dtype: dtype === undefined ? undefined : dtype === 'f16' ? 'F16' : 'F32',
  });
  console.log(table(files.map((file) => [path.join(folder, file.name), `${Math.ceil(file.bytes / 1024)} KB`])));
  const shown = path.resolve(folder);
  console.error(`
Python:      GPT2LMHeadModel.from_pretrained('${shown}')
JavaScript:  await pipeline('text-generation', '${shown}')
Begin prompts with <|endoftext|>, as every text began that it has learned from.`);
}
