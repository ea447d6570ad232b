import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hangouts } from '../../../src/archive/formats/hangouts.ts';
import { countsOf, fixtureFiles, inMemory, readAll, rowsOf } from '../in-memory-export.ts';
import { assertSurvives } from '../mutated.ts';

const files = fixtureFiles('hangouts');

const ROWS = [
  'theirs | 117000000000000000002 | 2018-06-01T04:06:43.046Z | Is it still on?',
  'mine | 117000000000000000001 | 2018-06-01T04:07:43.046Z | It is: https://pier.example/tonight\nbring a lamp',
];

test('all segments of a message are joined, and its microseconds are a time', async () => {
  const archive = inMemory(files);

  assert.ok(await hangouts.detect(archive));
  assert.deepEqual(await hangouts.owner(archive), ['117000000000000000001']);
  assert.deepEqual(rowsOf(await readAll(hangouts, archive)), ROWS);
});

test('calls, renames and pictures are left out, and counted', async () => {
  assert.deepEqual(countsOf(await readAll(hangouts, inMemory(files))), { 'no text': 1, 'system line': 2 });
});

/** The layout until May 2018, made of the one after it. */
function beforeJune2018(): string {
  const { conversations } = JSON.parse(files['Hangouts.json']!.toString());
  return JSON.stringify({
    continuation_end_timestamp: '0',
    conversation_state: conversations.map(
      ({ conversation, events }: { conversation: { conversation: object }; events: object[] }) => ({
        conversation_id: { id: 'UgxA' },
        response_header: { status: 'OK' },
        conversation_state: { conversation_id: { id: 'UgxA' }, conversation: conversation.conversation, event: events },
      }),
    ),
  });
}

test('the layout until May 2018 gives the same', async () => {
  const archive = inMemory({ 'Takeout/Hangouts/Hangouts.json': beforeJune2018() });

  assert.ok(await hangouts.detect(archive));
  assert.deepEqual(rowsOf(await readAll(hangouts, archive)), ROWS);
});

test('where no read state says whose it is, the one in most conversations is the owner', async () => {
  const person = (id: string) => ({ id: { gaia_id: id } });
  const conversation = (other: string) => ({
    conversation: { conversation: { participant_data: [person(other), person('7')] } },
    events: [],
  });
  const archive = inMemory({
    'Hangouts.json': JSON.stringify({ conversations: [conversation('8'), conversation('9')] }),
  });

  assert.deepEqual(await hangouts.owner(archive), ['7']);
});

test('damaged in any way, both layouts are read as far as they go', async () => {
  await assertSurvives(hangouts, files);
  await assertSurvives(hangouts, { 'Hangouts.json': beforeJune2018() });
});
