/** Who the token is of, what it may do, and what the server takes. */
import { z } from 'zod';
import { text } from '../../archive/loose-fields.ts';
import { discloses, saysWhoRunsIt } from '../discloses.ts';
import { AccountError, type AccountFacts } from '../network.ts';
import { appOf } from './app.ts';
import { isMissing, statusOf, strangeAnswer } from './failure.ts';
import { type AccountFields, authorOf, readAccount } from './fields.ts';
import { blockedAmong } from './relationships.ts';
import { grants, SCOPES } from './scopes.ts';
import type { Server } from './server.ts';
import { statusText } from './status-text.ts';

export interface Instance {
  readonly maxCharacters: number;
  readonly charactersPerLink: number;
  readonly maxMedia: number;
  /** The server of the streams; null where the instance names none. */
  readonly streaming: string | null;
  readonly rules: number;
}

/** Mastodon's own, where a server does not say. */
export const USUAL_INSTANCE: Instance = {
  maxCharacters: 500,
  charactersPerLink: 23,
  maxMedia: 4,
  streaming: null,
  rules: 0,
};

const positive = (usual: number) =>
  z
    .unknown()
    .optional()
    .transform((value) => (typeof value === 'number' && value > 0 ? Math.trunc(value) : usual));
const part = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z
    .unknown()
    .optional()
    .transform((value) => z.object(shape).parse(typeof value === 'object' && value !== null ? value : {}));

const instanceSchema = z.object({
  version: z.string().min(1),
  maxTootChars: positive(USUAL_INSTANCE.maxCharacters), // of Pleroma and its kin
  configuration: part({
    urls: part({ streaming: text }),
    statuses: part({
      maxCharacters: positive(0),
      charactersReservedPerUrl: positive(USUAL_INSTANCE.charactersPerLink),
      maxMediaAttachments: positive(USUAL_INSTANCE.maxMedia),
    }),
  }),
  urls: part({ streamingApi: text }), // of version 1
  rules: z
    .unknown()
    .optional()
    .transform((value) => (Array.isArray(value) ? value.length : 0)),
});

/** @throws WorldError when the server is none of Mastodon's kind. */
export async function readInstance(server: Server): Promise<Instance> {
  const said = instanceSchema.safeParse(await instanceOf(server)).data;
  if (!said) throw strangeAnswer(server.address, OF_ITSELF);
  const { statuses, urls } = said.configuration;
  return {
    maxCharacters: statuses.maxCharacters || said.maxTootChars,
    charactersPerLink: statuses.charactersReservedPerUrl,
    maxMedia: statuses.maxMediaAttachments,
    streaming: urls.streaming || said.urls.streamingApi || null,
    rules: said.rules,
  };
}

async function instanceOf(server: Server): Promise<unknown> {
  try {
    return (await server.ask('post', (client) => client.v2.instance.fetch.$raw())).data;
  } catch (error) {
    if (!isMissing(error)) throw error;
    return instanceBefore4(server);
  }
}

async function instanceBefore4(server: Server): Promise<unknown> {
  try {
    return (await server.ask('post', (client) => client.v1.instance.fetch.$raw())).data;
  } catch (error) {
    throw isMissing(error) ? strangeAnswer(server.address, OF_ITSELF) : error;
  }
}

const OF_ITSELF = 'what a Mastodon server says of itself';

/** @throws AccountError when the token is no good; WorldError when nobody can tell now. */
export async function readOwnAccount(server: Server): Promise<AccountFields> {
  const { data } = await server.ask('account', (client) => client.v1.accounts.verifyCredentials.$raw());
  const account = readAccount(data);
  if (!account) throw strangeAnswer(server.address, 'whose token it is');
  if (account.suspended) throw new AccountError(`${server.host} has suspended @${account.acct}`);
  return account;
}

export async function verifyAccount(
  server: Server,
): Promise<{ readonly facts: AccountFacts; readonly instance: Instance; readonly account: AccountFields }> {
  const instance = await readInstance(server);
  const account = await readOwnAccount(server);
  const scopes = (await appOf(server))?.scopes ?? null; // of the app, which is asked for no more than it
  const lacking = SCOPES.filter((scope) => scopes && !grants(scopes, scope));
  if (lacking.length > 0) throw lacks(server, lacking);
  await tryReading(server, account.id);

  const profile = [account.note, ...account.fields.flatMap(({ name, value }) => [name, value])].map((html) =>
    statusText(html),
  );
  const { maxCharacters, charactersPerLink, maxMedia, rules } = instance;
  const facts: AccountFacts = {
    id: account.id,
    name: authorOf(account, server.host).name,
    url: account.url,
    isBot: account.bot,
    discloses: discloses(profile.join('\n')),
    saysWhoRunsIt: saysWhoRunsIt(profile.join('\n')),
    scopes,
    limits: [
      `${maxCharacters} characters a post; a link counts ${charactersPerLink}`,
      `${maxMedia} pictures a post`,
      '300 posts in 3 hours and 300 requests in 5 minutes, where the server has not changed them',
      ...(account.limited ? ['The server has limited the account: only its followers see what it posts'] : []),
    ],
    rules: [
      'It costs nothing',
      'A bot is marked as one (Preferences, Public profile, "This is an automated account"), and its profile says who runs it',
      `${rules > 0 ? `The server has ${rules} ${rules === 1 ? 'rule' : 'rules'}` : 'The server may have rules'} of its own: ${server.address}/about`,
    ],
  };
  return { facts, instance, account };
}

/** What the app may and the token may not shows only when it is tried. */
async function tryReading(server: Server, ownId: string): Promise<void> {
  await orLacks(server, 'read:statuses', () =>
    server.ask('post', (client) => client.v1.accounts.$select(ownId).statuses.list.$raw({ limit: 1 })),
  );
  await orLacks(server, 'read:follows', () => blockedAmong(server, [ownId]));
  await orLacks(server, 'read:notifications', () =>
    server.ask('post', (client) => client.v1.notifications.list.$raw({ limit: 1, types: ['mention'] })),
  );
}

async function orLacks(server: Server, scope: string, request: () => Promise<unknown>): Promise<void> {
  try {
    await request();
  } catch (error) {
    if (statusOf(error) === 403) throw lacks(server, [scope], error);
    throw error;
  }
}

function lacks(server: Server, scopes: readonly string[], cause?: unknown): AccountError {
  return new AccountError(`The token for ${server.host} lacks ${scopes.join(', ')}: log in again`, { cause });
}
