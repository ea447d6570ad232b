import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const SCRIPT = path.join(import.meta.dirname, 'print-times.ts');

interface Times {
  /** Of the machine's clock, in minutes. */
  readonly offsets: readonly number[];
  readonly times: Readonly<Record<string, Readonly<Record<string, string | null>>>>;
}

async function timesIn(zone: string): Promise<Times> {
  const env = { ...process.env, TZ: zone };
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT], {
    env,
    maxBuffer: 1 << 24,
    timeout: 120_000,
  });
  return JSON.parse(stdout);
}

test('posts are of the same moments on a machine in Tokyo and on one in Los Angeles, whatever the format', async () => {
  const [tokyo, losAngeles] = await Promise.all([timesIn('Asia/Tokyo'), timesIn('America/Los_Angeles')]);

  assert.deepEqual(
    [tokyo.offsets, losAngeles.offsets],
    [
      [-540, -540],
      [480, 420],
    ],
  );
  assert.deepEqual(tokyo.times, losAngeles.times);
  const exports = Object.values(tokyo.times);
  assert.ok(exports.length >= 40, `${exports.length} exports`);
  assert.ok(exports.every((posts) => Object.keys(posts).length > 0));
});
