/** Takes a person through giving a persona its account on a Mastodon server. Knows nothing of where the token is kept. */
import { randomBytes } from 'node:crypto';
import { UserError } from '../errors.ts';
import type { AccountSettings } from '../persona/settings.ts';
import { authorize } from '../publishing/mastodon/authorize.ts';
import { SCOPES } from '../publishing/mastodon/scopes.ts';

export interface LoginMastodon {
  readonly settings: Extract<AccountSettings, { network: 'mastodon' }>;
  readonly say: (line: string) => void;
  /** What is typed is not shown. Empty where nothing was. */
  readonly askSecret: (question: string) => Promise<string>;
  /** Into `.env`, on the disk when this returns. */
  readonly keep: (variable: string, value: string) => void;
}

/** Keeps a token that may do what the persona does, and no more; whether the account is as it should be is for `verify`. */
export async function loginMastodon({ settings, say, askSecret, keep }: LoginMastodon): Promise<void> {
  const { server, token } = settings;
  const { url, exchange } = await authorize({ server, verifier: randomBytes(48).toString('base64url') });
  say("Open this page in a browser, log in as the persona's account, not your own, and agree:");
  say(url);
  say(`It asks for ${SCOPES.join(', ')}. Then it shows a code.`);
  const code = (await askSecret('The code')).trim();
  if (!/^[\w.~+/=-]+$/.test(code)) {
    throw new UserError('Expected the code that the server shows, found something else', {
      hint: 'Begin again, and copy all of it; nothing was kept',
    });
  }
  keep(token, await exchange(code));
}
