import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loginBluesky } from '../../src/cli/login-bluesky.ts';
import { UserError } from '../../src/errors.ts';
import { findServer } from '../../src/publishing/bluesky/find-server.ts';

const SETTINGS = {
  network: 'bluesky',
  server: 'https://bsky.social',
  handle: 'ada.test',
  password: 'ADA_PASSWORD',
  budget: {},
} as const;
const DID = 'did:plc:adaadaadaadaadaadaadaada';

function login(answer: string, server: string) {
  const said: string[] = [];
  const kept: string[][] = [];
  const done = loginBluesky({
    settings: SETTINGS,
    say: (line) => said.push(line),
    askSecret: async () => answer,
    keep: (...pair) => kept.push(pair),
    find: async () => server,
  });
  return { said, kept, done };
}

test('an app password is kept under the name that the persona gives it, and not shown', async () => {
  const { said, kept, done } = login(' abcd-efgh-ijkl-mnop ', 'https://morel.us-east.host.bsky.network');

  await done;

  assert.deepEqual(kept, [['ADA_PASSWORD', 'abcd-efgh-ijkl-mnop']]);
  assert.match(said.join('\n'), /App passwords[\s\S]*automated[\s\S]*generated/);
  assert.ok(!said.join('\n').includes('abcd'));
});

test('the password of the account itself is refused without being repeated, and nothing is kept', async () => {
  const { kept, done } = login('my own planted password', 'https://bsky.social');

  await assert.rejects(done, (error) => error instanceof UserError && !error.message.includes('planted'));
  assert.deepEqual(kept, []);
});

test('where the account is on another server, its password is not asked for', async () => {
  const { said, kept, done } = login('abcd-efgh-ijkl-mnop', 'https://pds.example.org');

  await assert.rejects(done, /found one on https:\/\/pds\.example\.org/);
  assert.deepEqual([said, kept], [[], []]);
});

/** What the hosts of the world answer to somebody who looks for ada.test. */
const world =
  (did: string | null): typeof fetch =>
  async (input) => {
    const { host } = new URL(input instanceof Request ? input.url : input);
    if (host === 'ada.test' && did) return new Response(did, { headers: { 'content-type': 'text/plain' } });
    if (host !== 'plc.directory') return new Response('', { status: 404 });
    const service = {
      id: '#atproto_pds',
      type: 'AtprotoPersonalDataServer',
      serviceEndpoint: 'https://pds.example.org',
    };
    const document = {
      '@context': ['https://www.w3.org/ns/did/v1'],
      id: DID,
      alsoKnownAs: ['at://ada.test'],
      service: [service],
    };
    return Response.json(document, { headers: { 'content-type': 'application/did+ld+json' } });
  };

test('the server of an account is found from its handle', async () => {
  assert.equal(await findServer('Ada.Test', { fetch: world(DID) }), 'https://pds.example.org');
});

test('of a handle that nobody has there is one line that says so', async () => {
  await assert.rejects(findServer('ada.test', { fetch: world(null) }), (error) => error instanceof UserError);
});
