import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loginX } from '../../src/cli/login-x.ts';
import { UserError } from '../../src/errors.ts';
import { startXServer } from '../publishing/servers/x-server.ts';

const PKCE = {
  network: 'x',
  clientId: 'ID',
  clientSecret: 'SECRET',
  token: 'TOKEN',
  refreshToken: 'REFRESH',
  budget: {},
} as const;
const KEYS = { network: 'x', appKey: 'A', appSecret: 'B', accessToken: 'C', accessSecret: 'D', budget: {} } as const;

test('keys that are pasted are kept under the names that the persona gives them, after what X asks was shown', async () => {
  const said: string[] = [];
  const kept: string[][] = [];
  const answers = ['key', 'secret', '1000-token', 'token-secret'];

  await loginX({
    settings: KEYS,
    say: (line) => said.push(line),
    askSecret: async () => answers.shift()!,
    keep: (...pair) => kept.push(pair),
    signal: AbortSignal.timeout(5000),
  });

  assert.deepEqual(kept, [
    ['A', 'key'],
    ['B', 'secret'],
    ['C', '1000-token'],
    ['D', 'token-secret'],
  ]);
  assert.match(said.join('\n'), /approved generated posts[\s\S]*«Automated»[\s\S]*reply only to those[\s\S]*\$0\.015/);
  assert.ok(!said.join('\n').includes('token-secret'));
});

test('a key with something else in it is refused without being repeated, and nothing is kept', async () => {
  const kept: string[] = [];
  const answers = ['key', 'planted here\u001b'];

  const login = loginX({
    settings: KEYS,
    say: () => {},
    askSecret: async () => answers.shift()!,
    keep: (name) => kept.push(name),
    signal: AbortSignal.timeout(5000),
  });

  await assert.rejects(login, (error) => error instanceof UserError && !error.message.includes('planted'));
  assert.deepEqual(kept, []);
});

test('with PKCE the browser comes back with a code, strangers are turned away, and the refresh token is kept first', async () => {
  await using server = await startXServer();
  const kept: string[][] = [];
  const answers = ['client-of-ada', 'planted-client-secret'];
  const visits: Promise<Response>[] = [];
  const visit = async (url: string) => {
    const asked = new URL(url).searchParams;
    assert.equal(asked.get('code_challenge_method')?.toUpperCase(), 'S256');
    assert.deepEqual(asked.get('scope')?.split(' ').includes('offline.access'), true);
    const callback = asked.get('redirect_uri')!;
    assert.equal((await fetch(`${callback}?state=guessed&code=evil`)).status, 404);
    return fetch(`${callback}?state=${asked.get('state')}&code=good`);
  };

  await loginX({
    settings: { ...PKCE, server: server.url },
    say: (line) => {
      const url = /https:\/\/x\.com\/i\/oauth2\/\S+/.exec(line)?.[0];
      if (url) visits.push(visit(url));
    },
    askSecret: async () => answers.shift()!,
    keep: (...pair) => kept.push(pair),
    signal: AbortSignal.timeout(5000),
    port: 0,
  });

  assert.deepEqual(kept, [
    ['REFRESH', 'refresh-1'],
    ['TOKEN', 'access-1'],
    ['ID', 'client-of-ada'],
    ['SECRET', 'planted-client-secret'],
  ]);
  const form = new URLSearchParams(server.requests[0]!.body);
  assert.equal(form.get('code'), 'good');
  assert.ok((form.get('code_verifier') ?? '').length >= 43);
  await Promise.all(visits);
});
