/** Takes a person through giving a persona its account on Bluesky. Knows nothing of where the password is kept. */
import { UserError } from '../errors.ts';
import type { AccountSettings } from '../persona/settings.ts';
import { findServer } from '../publishing/bluesky/find-server.ts';

export interface LoginBluesky {
  readonly settings: Extract<AccountSettings, { network: 'bluesky' }>;
  readonly say: (line: string) => void;
  /** What is typed is not shown. Empty where nothing was. */
  readonly askSecret: (question: string) => Promise<string>;
  /** Into `.env`, on the disk when this returns. */
  readonly keep: (variable: string, value: string) => void;
  readonly find?: typeof findServer;
}

/** As Bluesky makes them: with them a program can post, and can neither delete the account nor change its password. */
const APP_PASSWORD = /^[a-z0-9]{4}(-[a-z0-9]{4}){3}$/i;
const ENTRYWAY = 'https://bsky.social';

/** Asks for an app password and keeps it; whether it is any good, and the account as it should be, is for `verify`. */
export async function loginBluesky({ settings, say, askSecret, keep, find = findServer }: LoginBluesky): Promise<void> {
  const { handle, server, password } = settings;
  if (server === ENTRYWAY) refuseElsewhere(await find(handle)); // before the password goes to the wrong server
  say(`You need an app password of ${handle}, not the password that you sign in with:`);
  say('in the app, Settings, Privacy and security, App passwords; without access to direct messages.');
  const answer = (await askSecret('App password')).trim();
  if (!APP_PASSWORD.test(answer)) {
    throw new UserError('Expected an app password such as xxxx-xxxx-xxxx-xxxx, found something else', {
      hint: 'Make one in the app, and copy all of it; nothing was kept',
    });
  }
  keep(password, answer);
  say('Label the account as automated (Settings, Account), and say in its description who runs it and that');
  say('its posts are generated.');
}

/** The default server signs in all accounts of Bluesky's own servers, and no others. */
function refuseElsewhere(server: string): void {
  if (/^https:\/\/(bsky\.social|[a-z0-9.-]+\.bsky\.network)$/.test(server)) return;
  throw new UserError(`Expected an account on ${ENTRYWAY}, found one on ${server}`, {
    hint: `Say so in persona.yaml: server: ${server}`,
  });
}
