import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { isEnvelope, mboxMessages } from '../../src/archive/mbox.ts';

const GMAIL = 'From 1500000000000000001@xxx Thu Apr 16 09:53:04 +0000 2015';

function split(mbox: string | Buffer, { size = 11, longest = 10_000 } = {}) {
  const bytes = Buffer.from(mbox);
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  return Array.fromAsync(mboxMessages(Readable.from(chunks, { objectMode: false }), longest));
}

const textsOf = async (mbox: string, options?: { size?: number; longest?: number }) =>
  (await split(mbox, options)).map(({ bytes }) => bytes.toString().trim());

for (const line of [
  GMAIL,
  'From oskar@mail.example Thu Apr 16 09:53:04 2015',
  'From - Thu Apr  2 09:53:04 2015',
  'From MAILER-DAEMON Thu Apr 16 09:53 GMT 2015',
  'From a@b Thu Apr 16 09:53:04 2015 +0200',
  'From a@b Thu, 16 Apr 2015 09:53:04 +0000',
]) {
  test(`"${line}" opens a message`, () => assert.ok(isEnvelope(line)));
}

for (const line of ['From my window I see', 'From Thursday on we meet at 10:00', 'From: a@b', `${GMAIL} and more`]) {
  test(`"${line}" opens none`, () => assert.ok(!isEnvelope(line)));
}

test('lines that begin with "From" in a text do not split it, wherever the bytes are cut', async () => {
  const text = 'Hello\n\nFrom my window I see\n\nFrom here on: nothing';

  for (const size of [1, 2, 3, 7, 100, 1000]) {
    assert.deepEqual(await textsOf(`${GMAIL}\n${text}\n\n${GMAIL}\nsecond\n`, { size }), [text, 'second']);
  }
});

test('without a blank line before it, an envelope is text', async () => {
  assert.deepEqual(await textsOf(`${GMAIL}\nHe wrote:\n${GMAIL}\n`), [`He wrote:\n${GMAIL}`]);
});

test('lines may end as on Windows, the file with a byte order mark begin, and without a final line end', async () => {
  assert.deepEqual(await textsOf(`\ufeff${GMAIL}\r\nfirst\r\n\r\n${GMAIL}\r\nsecond`), ['first', 'second']);
});

test('quoted lines lose exactly one mark', async () => {
  assert.deepEqual(await textsOf(`${GMAIL}\n>From me\n>>From you\n> From nobody\n`), [
    'From me\n>From you\n> From nobody',
  ]);
});

test('what is too long is cut, and says so; what follows is read', async () => {
  const messages = await split(`${GMAIL}\n${'x'.repeat(5000)}\n\n${GMAIL}\nsecond\n`, { longest: 100 });

  assert.deepEqual(
    messages.map(({ bytes, isCut }) => [bytes.length, isCut]),
    [
      [100, true],
      [7, false],
    ],
  );
});

test('offsets say where in the file each message begins', async () => {
  const mbox = `\ufeff${GMAIL}\nfirst\n\n${GMAIL}\nsecond\n`;

  const offsets = (await split(mbox)).map(({ offset }) => offset);

  assert.deepEqual(offsets, [3, Buffer.from(mbox).lastIndexOf('From ')]);
});

test('read from where a message ends, the rest comes, with its offsets', async () => {
  const mbox = `${GMAIL}\nfirst\n\n${GMAIL}\nsecond\n\n${GMAIL}\nthird`;
  const whole = await split(mbox);

  for (const [index, { end }] of whole.entries()) {
    const rest = Readable.from([Buffer.from(mbox).subarray(end)]);

    assert.deepEqual(await Array.fromAsync(mboxMessages(rest, 1000, end)), whole.slice(index + 1));
  }
});

test('any texts come back, wherever the bytes are cut', async () => {
  const line = fc.constantFrom('', 'words', 'From a to b', '\r', 'From ', GMAIL.slice(0, 30), 'x'.repeat(450));
  const texts = fc.array(
    fc.array(line).map((lines) => lines.join('\n')),
    { minLength: 1, maxLength: 5 },
  );
  await fc.assert(
    fc.asyncProperty(texts, fc.integer({ min: 1, max: 600 }), async (all, size) => {
      const mbox = all.map((text) => `${GMAIL}\n${text}\n\n`).join('');

      assert.deepEqual(
        await textsOf(mbox, { size }),
        all.map((text) => text.trim()),
      );
    }),
  );
});
