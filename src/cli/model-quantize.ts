import { Command, Option } from 'commander';

export interface QuantizeFlags {
  readonly bits: '16' | '8' | '4';
  readonly embeddingBits?: '8' | '4';
  readonly symmetric?: boolean;
  readonly text?: string;
  readonly json?: boolean;
}

export function quantizeCommand(): Command {
  return new Command('quantize')
    .description('Make a model again with fewer bits for each weight, and say what that costs and gains')
    .argument('<name>', 'a folder under models/')
    .addOption(new Option('--bits <bits>', 'of a weight').choices(['16', '8', '4']).default('8'))
    .addOption(
      new Option('--embedding-bits <bits>', "of tokens' vectors, with --bits 4 (default: 8)").choices(['8', '4']),
    )
    .option(
      '--symmetric',
      'blocks without a zero point (default with --bits 8): a little smaller, with 4 a little worse',
    )
    .option('--no-symmetric', 'blocks with a zero point (default with --bits 4)')
    .option('--text <file>', 'measure the loss on this text, paragraph by paragraph (default: forty of old books)')
    .option('--json', 'print what was made and measured as JSON')
    .addHelpText(
      'after',
      `
The result is a model of its own, models/<name>-8bit, that \`model:\` in persona.yaml may name as any other;
adapters of <name> go on top of it as they are. An earlier one made from <name> is replaced. What it costs
is measured in bits a byte, less is better, on text that is not trained on.

Example:
  eidolon model quantize ambrose --bits 8`,
    )
    .action(async (name: string, flags: QuantizeFlags) => {
      const { quantize } = await import('./quantize.ts');
      await quantize(name, flags);
    });
}
