import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chatFile, openChat } from '../../src/chat/log.ts';
import { openStore, storeFile } from '../../src/store/store.ts';
import { begin, say } from '../chat/conversations.ts';
import { toyHome } from '../daemon/toy-home.ts';
import { runEidolon } from './run-eidolon.ts';

const home = toyHome('ada');
const people = (...argv: readonly string[]) => runEidolon(['people', ...argv], { home });

const said = {
  persona: 'ada',
  account: 'local:ada',
  url: 'local:bob/1',
  visibility: 'public',
  at: '2026-06-01T11:00:00.000Z',
  seen_at: '2026-06-01T11:00:01.000Z',
  status: 'waiting',
  reason: null,
} as const;

test('nobody has spoken yet, and who is not known cannot be shown or forgotten', async () => {
  assert.match((await people()).stdout, /Nobody has spoken/);
  assert.equal((await people('--json')).stdout.trim(), '[]');
  for (const argv of [['show', 'ada', 'bob'], ['forget', 'ada', 'bob'], ['show', 'nobody', 'bob'], ['nobody']]) {
    assert.equal((await people(...argv)).status, 1, argv.join(' '));
  }
  assert.equal((await people('find', 'ada', ' ')).status, 2);
});

test('who spoke is listed, shown, found and forgotten; what they wrote does nothing to the terminal', async () => {
  const store = openStore(storeFile(home));
  const both = [
    { ...said, post_id: '1', author_id: 'bob', author_name: '@bob\u001b[2J', text: 'Hope\u001b[31m is a bird.' },
    { ...said, post_id: '2', author_id: 'eve', author_name: '@eve', text: 'It is a fish.' },
  ];
  await store.db.insertInto('mentions').values(both).execute();
  await store.close();

  const [list, show, find] = [
    await people('ada'),
    await people('show', 'ada', 'bob'),
    await people('find', 'ada', 'HOPE'),
  ];
  const eve = await people('show', 'ada', '@eve', '--json');
  const gone = await people('forget', 'ada', '@eve', '--json');

  assert.match(list.stdout, /@bob.*to ada[\s\S]*1 post in 0 conversations, 0 answered/);
  assert.match(show.stdout, /Hope.* is a bird/);
  assert.ok(!['\u001b[2J', '\u001b[31m'].some((code) => (list.stdout + show.stdout + find.stdout).includes(code)));
  assert.deepEqual(JSON.parse(eve.stdout)[0].talks[0].said[0].text, 'It is a fish.');
  assert.deepEqual(JSON.parse(gone.stdout), { persona: 'ada', posts: 1, withdrawn: 0 });
  assert.equal((await people('show', 'ada', '@eve')).status, 1);
  assert.match((await people('find', 'ada', 'fish')).stdout, /Nobody said that/);
});

test('who talked with it in eidolon chat is listed, shown, found and forgotten beside those of networks', async () => {
  for (const [name, who, text] of [
    ['tea', undefined, 'Do you like rain?'],
    ['wine', 'Ann', 'Xyzzy is\u001b[31m my parrot.'],
  ] as const) {
    const log = openChat(chatFile(home, 'ada', name));
    for (const turn of [{ ...begin(), ...(who && { with: who }) }, say(text)]) log.append(turn, new Date());
    log.close();
  }

  const [list, show, find] = [
    await people('ada', '--json'),
    await people('show', 'ada', 'ann'),
    await people('find', 'ada', 'xyzzy', '--json'),
  ];
  const gone = await people('forget', 'ada', 'Ann', '--json');

  const chats = JSON.parse(list.stdout).filter(({ account }: { account: string }) => account === 'chat');
  assert.deepEqual(chats.map(({ name, talks }: { name: string; talks?: unknown }) => [name, talks]).toSorted(), [
    ['Ann', undefined],
    ['owner', undefined],
  ]);
  assert.match(show.stdout, /Ann and ada[\s\S]*Xyzzy is.* my parrot/);
  assert.ok(!show.stdout.includes('\u001b[31m') && !show.stdout.includes('rain'));
  assert.deepEqual(
    JSON.parse(find.stdout).map(({ person }: { person: { name: string } }) => person.name),
    ['Ann'],
  );
  assert.deepEqual(JSON.parse(gone.stdout), { persona: 'ada', posts: 1, withdrawn: 0 });
  assert.match((await people('find', 'ada', 'xyzzy')).stdout, /Nobody said that/);
  assert.match((await people('find', 'ada', 'rain')).stdout, /owner/);
});
