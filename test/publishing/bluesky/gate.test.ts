import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBluesky } from '../servers/bluesky-server.ts';
import { blueskyAccount } from './bluesky-account.ts';

test('a post that is taken back takes with it what was said of who may reply', async (t) => {
  const server = await startBluesky(t);
  const { network } = blueskyAccount(server);
  const { id } = await network.publish({
    text: 'Rain.',
    key: 'k',
    inReplyTo: null,
    options: { replySettings: 'mentioned' },
  });
  assert.equal(server.records.size, 2);

  await network.remove(id);

  assert.deepEqual([...server.records.keys()], []);
});
