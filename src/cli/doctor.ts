import { Command } from 'commander';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Check all that Eidolon stands on, and say what to do where something is not well')
    .option('--accounts', "also ask each persona's network: bot mark, disclosure, scopes")
    .option('--json', 'as one JSON document')
    .addHelpText('after', '\nExample:\n  eidolon doctor --accounts')
    .action(doctor);
}

interface DoctorFlags {
  readonly accounts?: boolean;
  readonly json?: boolean;
}

async function doctor({ accounts, json }: DoctorFlags): Promise<void> {
  const { styleText } = await import('node:util');
  const { home } = await import('../environment.ts');
  const { examine } = await import('../daemon/examine.ts');
  const { examineAccounts } = await import('../daemon/examine-accounts.ts');
  const findings = [
    ...(await examine(home(), new Date())),
    ...(accounts ? await examineAccounts(home(), () => new Date()) : []),
  ];
  const ok = findings.every((finding) => finding.ok);
  if (json) console.log(JSON.stringify({ ok, findings }, null, 2));
  else {
    for (const { subject, found, remedy } of findings) {
      const mark = remedy === undefined ? styleText('green', 'ok ') : styleText('red', 'fix');
      console.log(`${mark} ${subject}: ${found}${remedy === undefined ? '' : `\n    ${remedy}`}`);
    }
  }
  if (!ok) process.exitCode = 1;
}
