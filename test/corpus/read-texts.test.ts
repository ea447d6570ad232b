import assert from 'node:assert/strict';
import { test } from 'node:test';
import { googleChat } from '../../src/archive/formats/google-chat.ts';
import { importArchive } from '../../src/archive/import-archive.ts';
import { readTexts } from '../../src/corpus/read-texts.ts';
import { openStore } from '../../src/store/store.ts';
import { inMemory } from '../archive/in-memory-export.ts';

const MIRA = 'mira@mail.example';
const OSKAR = 'oskar@mail.example';

/** What Mira said in a chat, each with what stood before it. */
async function saidIn(messages: readonly (readonly [who: string, date: string, text: string])[]) {
  const store = openStore(':memory:');
  try {
    const archive = inMemory({
      'Users/User 1/user_info.json': JSON.stringify({ user: { email: MIRA } }),
      'Groups/DM 1/messages.json': JSON.stringify({
        messages: messages.map(([email, created_date, text], index) => ({
          creator: { name: email, email, user_type: 'Human' },
          created_date,
          text,
          topic_id: `t${index}`,
          message_id: `m${index}`,
        })),
      }),
    });
    const job = { persona: 'mira', corpus: 'mine', me: [MIRA], includePrivate: true, now: new Date(0) };
    await importArchive(store, { ...job, archive, format: googleChat });
    const texts = await Array.fromAsync(readTexts(store, 'mira', 'mine'));
    return texts.map(({ text, context }) => [...context.map((turn) => turn.text), text].join(' > '));
  } finally {
    await store.close();
  }
}

const at = (time: string) => `Sunday, November 18, 2018 at ${time} PM UTC`;

test('a message whose date is in a language nobody knows stays where it stood in its chat', async () => {
  assert.deepEqual(
    await saidIn([
      [OSKAR, at('6:00:00'), 'Is the pier open?'],
      [MIRA, at('6:01:00'), 'From noon on.'],
      [OSKAR, 'at some time UTC', 'And the tower?'],
      [MIRA, 'at some time UTC', 'Never.'],
      [OSKAR, at('6:02:00'), 'Shame.'],
      [MIRA, at('6:03:00'), 'Quite.'],
    ]),
    [
      'Is the pier open? > From noon on.',
      'Is the pier open? > From noon on. > And the tower? > Never.',
      // Of what went before the last four are kept.
      'From noon on. > And the tower? > Never. > Shame. > Quite.',
    ],
  );
});

test('messages without times are never one text, as nobody knows what lay between them', async () => {
  assert.deepEqual(
    await saidIn([
      [MIRA, at('6:01:00'), 'From noon on.'],
      [MIRA, 'at some time UTC', 'Never.'],
      [MIRA, at('6:03:00'), 'Quite.'],
    ]),
    ['From noon on.', 'Never.', 'Quite.'],
  );
  assert.deepEqual(
    await saidIn([
      [OSKAR, 'one day UTC', 'Is the pier open?'],
      [MIRA, 'another day UTC', 'From noon on.'],
    ]),
    ['From noon on.'],
  );
});
