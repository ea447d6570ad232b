/** A persona's account on a network: given, looked at, checked. No secret is ever an argument, for arguments are seen by others. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { LoginFlags } from './account-login.ts';

export function accountCommand(): Command {
  return new Command('account')
    .description('Give a persona its account on a network, and see how it stands there')
    .addHelpText(
      'after',
      `
Examples:
  eidolon account login ada     # begin here: it asks which network, walks you through it, verifies
  eidolon account verify ada`,
    )
    .addCommand(loginCommand())
    .addCommand(showCommand())
    .addCommand(verifyCommand())
    .addCommand(resumeCommand())
    .addCommand(optOutsCommand())
    .addCommand(optOutCommand())
    .addCommand(optInCommand());
}

function loginCommand(): Command {
  return new Command('login')
    .description(
      'Log a persona in to Mastodon, X or Bluesky: its credentials go into .env, its account into persona.yaml',
    )
    .argument('<persona>', 'whose account it is')
    .addOption(
      new Option('--network <network>', 'where it posts (default: as in persona.yaml)').choices([
        'mastodon',
        'x',
        'bluesky',
      ]),
    )
    .option('--server <url>', 'its server: on Mastodon always, on Bluesky where it is not bsky.social')
    .option('--handle <handle>', 'its handle on Bluesky, such as ada.bsky.social')
    .addOption(
      new Option(
        '--with <way>',
        'on X: the four keys of an app (OAuth 1.0a), or consent in a browser (OAuth 2)',
      ).choices(['keys', 'consent']),
    )
    .option('--public-client', 'on X, with consent: the app has no client secret')
    .option('--port <port>', 'on X, with consent: of this machine, where the browser comes back to', port)
    .option('--mark-as-bot', 'on Mastodon: mark the account as automated, which asks for a second code')
    .option('--yes', 'write persona.yaml without asking')
    .option('--json', 'for programs: JSON lines on stdout, answers as lines on stdin')
    .addHelpText(
      'after',
      `
Passwords, keys and codes are typed at the terminal, where they are not shown, or come as lines on stdin; never as arguments.

Examples:
  eidolon account login ada
  eidolon account login ada --network mastodon --server https://mastodon.social
  eidolon account login ada --network bluesky --handle ada.bsky.social --yes < app-password.txt`,
    )
    .action(async (persona: string, flags: LoginFlags) => {
      const { loginAccount } = await import('./account-login.ts');
      await loginAccount(persona, flags);
    });
}

function port(value: string): number {
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
  throw new InvalidArgumentError('expected a port, such as 8721');
}

interface JsonFlag {
  readonly json?: boolean;
}

function showCommand(): Command {
  return new Command('show')
    .description('Ask the network how the account stands: limits, rules, costs, and whether it is marked as automated')
    .argument('<persona>', 'whose account it is')
    .option('--json', 'as one JSON document')
    .addHelpText('after', '\nExample:\n  eidolon account show ada')
    .action(async (persona: string, { json = false }: JsonFlag) => {
      const { showAccount } = await import('./account-show.ts');
      await showAccount(persona, { json, mustBeWell: false });
    });
}

function verifyCommand(): Command {
  return new Command('verify')
    .alias('check')
    .description('The same, with exit code 1 where something is not well')
    .argument('<persona>', 'whose account it is')
    .option('--json', 'as one JSON document')
    .addHelpText('after', '\nExample:\n  eidolon account verify ada')
    .action(async (persona: string, { json = false }: JsonFlag) => {
      const { showAccount } = await import('./account-show.ts');
      await showAccount(persona, { json, mustBeWell: true });
    });
}

function resumeCommand(): Command {
  return new Command('resume')
    .description(
      'Try a paused account again, once you have seen to it; a change of persona.yaml or .env does so by itself',
    )
    .argument('<persona>', 'whose account it is')
    .option('--json', 'as one JSON document')
    .addHelpText('after', '\nExample:\n  eidolon account resume ada')
    .action(async (persona: string, { json = false }: JsonFlag) => {
      const { resumeAccount } = await import('./account-resume.ts');
      await resumeAccount(persona, { json });
    });
}

function optOutsCommand(): Command {
  return new Command('opt-outs')
    .description('Who asked the persona not to answer them ("stop", "unsubscribe"), and when')
    .argument('<persona>', 'whom they asked')
    .option('--json', 'as one JSON document')
    .addHelpText('after', '\nExample:\n  eidolon account opt-outs ada')
    .action(async (persona: string, flags: JsonFlag) => {
      const { showOptOuts } = await import('./account-opt-outs.ts');
      await showOptOuts(persona, flags);
    });
}

function optOutCommand(): Command {
  return new Command('opt-out')
    .description(
      'Never answer this person again, as if they had asked the persona itself; replies that wait are withdrawn',
    )
    .argument('<persona>', 'who does not answer them')
    .argument('<who>', 'their name, such as @bob@example.social')
    .option('--json', 'as one JSON document')
    .addHelpText('after', '\nExample:\n  eidolon account opt-out ada @bob@example.social')
    .action(async (persona: string, who: string, flags: JsonFlag) => {
      const { addOptOut } = await import('./account-opt-outs.ts');
      await addOptOut(persona, who, flags);
    });
}

function optInCommand(): Command {
  return new Command('opt-in')
    .description('Take an opt-out back, once they asked you for it: the person is answered again')
    .argument('<persona>', 'who answers them again')
    .argument('<who>', 'their name, such as @bob@example.social')
    .option('--json', 'as one JSON document')
    .addHelpText('after', '\nExample:\n  eidolon account opt-in ada @bob@example.social')
    .action(async (persona: string, who: string, flags: JsonFlag) => {
      const { endOptOut } = await import('./account-opt-outs.ts');
      await endOptOut(persona, who, flags);
    });
}
