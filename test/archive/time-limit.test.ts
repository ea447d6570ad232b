import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Unread } from '../../src/archive/format.ts';
import { readInTime } from '../../src/archive/read-in-time.ts';
import { withinTime } from '../../src/archive/time-limit.ts';
import { UserError } from '../../src/errors.ts';

test('a regular expression that a text drives mad is ended', () => {
  assert.equal(
    withinTime(100, () => /^(a+)+$/.test(`${'a'.repeat(50)}b`)),
    undefined,
  );
});

test('what ends in time gives its value or its error', () => {
  assert.deepEqual(
    withinTime(1000, () => [1]),
    [1],
  );
  assert.throws(
    () =>
      withinTime(1000, () => {
        throw new TypeError('mine');
      }),
    TypeError,
  );
});

test('of large documents memory holds one before it is read, of small ones some', async () => {
  const mostHeld = async (size: number) => {
    let held = 0;
    let most = 0;
    async function* found(): AsyncGenerator<Unread> {
      for (let number = 0; number < 20; number++) {
        most = Math.max(most, ++held);
        const read = () => {
          held--;
          return [];
        };
        yield { place: String(number), size, read };
      }
    }
    for await (const _ of readInTime(found()));
    return most;
  };

  assert.equal(await mostHeld(1 << 20), 1);
  assert.equal(await mostHeld(100), 20);
});

test('documents that a limit ends are named, those before and after them are read, and what the format throws comes last', async () => {
  const mad = () => /^(a+)+$/.test(`${'a'.repeat(50)}b`);
  const said = (place: string): Unread => ({ place, size: 1, read: () => ({ omitted: 'read', place }) });
  async function* found() {
    yield said('first');
    yield { place: 'message 2', size: 1, read: () => (mad() ? [] : []) };
    yield* [said('third'), { omitted: 'system line', place: 'fourth' }, said('fifth')];
    yield { place: 'message 6', size: 1, read: () => (mad() ? [] : []) };
    throw new UserError('cut off');
  }
  const read: string[] = [];

  const reading = async () => {
    for await (const together of readInTime(found(), { documentMs: 250, within: withinTime })) {
      for (const one of together) if ('omitted' in one) read.push(`${one.omitted}: ${one.place}`);
    }
  };

  await assert.rejects(reading(), UserError);
  assert.deepEqual(read, [
    'read: first',
    'took too long: message 2',
    'read: third',
    'system line: fourth',
    'read: fifth',
    'took too long: message 6',
  ]);
});
