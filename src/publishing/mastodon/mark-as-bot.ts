/** Marks an account as automated, by a token that is good for that alone and is given back at once. */
import { authorize } from './authorize.ts';
import { openServer, TIMEOUTS } from './server.ts';

export interface MarkAsBot {
  readonly server: string;
  readonly verifier: string;
  /** Shows the page on which the person agrees, and asks for the code that they see there. */
  readonly codeFrom: (url: string) => Promise<string>;
  readonly now: () => Date;
  readonly timeoutMs?: number;
}

export async function markAsBot({ server, verifier, codeFrom, now, timeoutMs }: MarkAsBot): Promise<void> {
  const requestMs = timeoutMs ?? TIMEOUTS.requestMs;
  const authorization = await authorize({ server, verifier, scopes: ['write:accounts'], timeoutMs: requestMs });
  const token = await authorization.exchange(await codeFrom(authorization.url));
  const usage = { spent: async () => {}, limited: async () => {} };
  const { ask } = openServer({
    address: server,
    token,
    account: { usage, now },
    timeouts: { ...TIMEOUTS, requestMs },
  });
  try {
    await ask('account', async (client) => {
      // Of this one method masto's `$raw` gives the answer without its headers.
      return { headers: new Headers(), data: await client.v1.accounts.updateCredentials({ bot: true }) };
    });
  } finally {
    await authorization.revoke(token);
  }
}
