import { Command } from 'commander';

export function reportCommand(): Command {
  return new Command('report')
    .description('What a persona has learned from your decisions, with intervals')
    .argument('<persona>', 'a folder under personas/')
    .option('--html <file>', 'write it as a page with charts')
    .option('--json', 'as one JSON document')
    .addHelpText(
      'after',
      `
Only blind decisions measure: where scores are shown, one's choice echoes them. docs/learning.md explains every figure.

Example:
  eidolon report ambrose --html report.html`,
    )
    .action(report);
}

async function report(name: string, { html, json }: { readonly html?: string; readonly json?: true }): Promise<void> {
  const { withStore } = await import('./with-store.ts');
  const { loadPersona } = await import('../persona/load-persona.ts');
  const { learningReport } = await import('../learning/report/learning-report.ts');
  const path = await import('node:path');
  await withStore(async (store, home) => {
    const persona = loadPersona(path.join(home, 'personas', name));
    const told = await learningReport({ store, home, persona, now: new Date() });
    if (html !== undefined) {
      const { learningPage } = await import('../learning/report/report-page.ts');
      const { writeLines } = await import('../corpus/write-documents.ts');
      writeLines(html, [learningPage(told)]);
    }
    if (json) return console.log(JSON.stringify(told, null, 2));
    if (html !== undefined) return console.error(`Written: ${html}`);
    const { reportLines } = await import('./report-lines.ts');
    const { textWidth } = await import('./draft-lines.ts');
    console.log(reportLines(told, textWidth()).join('\n'));
  });
}
