import { Command } from 'commander';
import { addCommand } from './model-add.ts';
import { benchCommand } from './model-bench.ts';
import { exportCommand } from './model-export.ts';
import { pullCommand } from './model-pull.ts';
import { quantizeCommand } from './model-quantize.ts';

export function modelCommand(): Command {
  return new Command('model')
    .description('The models in models/')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(pullCommand())
    .addCommand(addCommand())
    .addCommand(quantizeCommand())
    .addCommand(benchCommand())
    .addCommand(exportCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('List the models, also those that cannot be read, with what is wrong')
    .option('--json', 'print them as JSON')
    .addHelpText(
      'after',
      `
A model is a folder under models/ with config.json, tokenizer.json and model.safetensors of a GPT-2,
as the Hugging Face hub has them; or an adapter, with adapter_config.json and adapter_model.safetensors,
over another model there.

Example:
  eidolon model list`,
    )
    .action(async ({ json = false }: { readonly json?: boolean }) => {
      const { listModels } = await import('./list-models.ts');
      listModels(json);
    });
}
