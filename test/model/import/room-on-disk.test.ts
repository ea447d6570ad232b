import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { refuseWithoutRoom } from '../../../src/model/import/room-on-disk.ts';

test('more than the disk has is refused with both figures; less is not', async () => {
  await refuseWithoutRoom(tmpdir(), 1);

  await assert.rejects(refuseWithoutRoom(tmpdir(), 2e18), {
    name: 'UserError',
    message: /expected 2000000000000\.0 MB of room on the disk, found \d+\.\d MB/,
  });
});
