import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, beforeEach, test } from 'node:test';
import type { Turn } from '../../../src/corpus/document.ts';
import { moreCandidates } from '../../../src/daemon/composing/compose-draft.ts';
import { replyNext } from '../../../src/daemon/composing/compose-reply.ts';
import { rankReplies } from '../../../src/daemon/composing/rank-replies.ts';
import { replay } from '../../../src/daemon/composing/replay.ts';
import type { ModelHost } from '../../../src/host/host-calls.ts';
import { catchUp } from '../../../src/listening/catch-up.ts';
import type { Persona } from '../../../src/persona/persona.ts';
import { readStory } from '../../../src/publishing/story.ts';
import { getDraft } from '../../../src/queue/draft.ts';
import { approve } from '../../../src/review/decide.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { ACCOUNT, heardOn, post } from '../../listening/said.ts';
import { composing, GOOD, hostSaying, NOON, persona } from '../composing.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-replies-'));
after(() => rmSync(folder, { recursive: true }));
const corpusFile = path.join(folder, 'corpus.jsonl');
const OLD = 'As I like rain with umbrellas, if you must know.';
writeFileSync(
  corpusFile,
  [
    { id: 'x:1', text: OLD, context: [{ by: 'another', text: 'Do you like tea with milk?' }] },
    {
      id: 'mail:2',
      text: 'Only you may know that I do, and very much.',
      context: [{ by: 'another', text: 'Do you like my hat?' }],
    },
    ...['a', 'b', 'c'].map((id) => {
      return { id, text: 'That is as it may be.', context: [{ by: 'another', text: `What of ${id}${id}${id}?` }] };
    }),
  ]
    .map((line) => JSON.stringify(line))
    .join('\n'),
);

let store: Store;
beforeEach(() => {
  store = openStore(':memory:');
});

const TEA: readonly Turn[] = [{ by: 'another', text: 'Do you like tea with milk?' }];
const RULE = { when: 'are you a bot', say: ['Yes.'], confidence: 1 };
const skilled = (changes: Partial<Persona['replies']> = {}) =>
  persona({
    corpusFile,
    replies: { skills: ['generate', 'retrieve', 'rule'], rules: [RULE], remember: false, ...changes },
  });

/** Finds a text likelier after the conversation by as much as it has words in common with it. */
function host(texts: readonly string[]): ModelHost {
  return {
    ...hostSaying(texts),
    score: async ({ texts, context }) => {
      const said = (context ?? []).flatMap(({ text }) => text.toLowerCase().match(/\w+/g) ?? []);
      const scores = texts.map((text) => {
        const shared = (text.toLowerCase().match(/\w+/g) ?? []).filter((word) => said.includes(word)).length;
        return { logProbabilities: Float32Array.of(-3 + shared, -3), hidden: new Float32Array(3) };
      });
      return { model: { name: 'toy', hash: '3f9a' }, scores };
    },
  };
}

test('of what the model writes, the reply that has to do with what was said goes before one that could answer anything', async () => {
  const model = host([...GOOD, 'Tea is a pond that went to a good school.', 'That is as it may be. So it goes on.']);

  const { ranked } = await rankReplies(composing(store, model, { persona: skilled({ skills: ['generate'] }) }), {
    turns: TEA,
  });

  assert.equal(ranked[0]?.text, 'Tea is a pond that went to a good school.');
  assert.match(ranked.at(-1)!.text, /^That is as it may be/);
});

test('what could answer anything is marked as dull by the corpus', async () => {
  const model = host(['That is as it may be. A clock goes on.', 'A clock goes on. That is all.']);

  const { all } = await rankReplies(composing(store, model, { persona: skilled({ skills: ['generate'] }) }), {
    turns: TEA,
  });

  const dull = all.map(({ features }) => features.find(({ name }) => name === 'dullness')?.value);
  assert.deepEqual(dull, [0.6, 0]);
});

test('every skill is asked, and each reply says by which it was found and how sure that is', async () => {
  const { ranked } = await rankReplies(composing(store, host(GOOD), { persona: skilled() }), {
    turns: [...TEA, { by: 'another', text: 'Are you a bot, or do you like tea with milk?' }],
  });

  const skillOf = (text: string) => ranked.find((one) => one.text === text)?.found?.skill;
  assert.deepEqual([ranked[0]?.text, skillOf('Yes.'), skillOf(OLD)], ['Yes.', 'rule', 'retrieve']);
  assert.deepEqual(GOOD.map(skillOf), ['generate', 'generate']);
  assert.equal(ranked.length, 2 + GOOD.length);
  assert.ok(ranked.every(({ found }) => found!.confidence > 0 && found!.confidence <= 1));
  assert.match(ranked.find(({ text }) => text === OLD)!.found!.because!, /once said to “Do you like tea with milk\?”/);
});

test('skills that persona.yaml does not name are not asked', async () => {
  const asked = { turns: [{ by: 'another', text: 'Are you a bot? Do you like tea with milk?' }] } as const;

  const { all } = await rankReplies(composing(store, host(GOOD), { persona: skilled({ skills: ['rule'] }) }), asked);

  assert.deepEqual(
    all.map(({ text, seed }) => [text, seed]),
    [['Yes.', -1]],
  );
});

test('what was answered in private is told to nobody', async () => {
  await store.db
    .insertInto('archives')
    .values({
      persona: 'ada',
      corpus: 'mine',
      format: 'mbox',
      name: 'm',
      content_hash: 'h',
      owner: '[]',
      bytes: 1,
      imported_at: '',
    })
    .execute();
  await store.db
    .insertInto('posts')
    .values({
      archive_id: 1,
      persona: 'ada',
      service: 'mail',
      post_id: '2',
      author_id: 'me',
      mine: 1,
      text: 'x',
      markup: 'plain',
      kind: 'mail',
      visibility: 'private',
    })
    .execute();
  const asked = { turns: [{ by: 'another', text: 'Do you like my hat?' }] } as const;

  const { all } = await rankReplies(composing(store, host(GOOD), { persona: skilled() }), asked);

  assert.ok(all.every(({ text }) => !text.startsWith('Only you')));
});

test('a model that goes on as the other is cut off where it does, and one that begins so says nothing', async () => {
  const model = host([`${GOOD[0]}\n\n> And what then?\n\nNothing.`, '> And what then?\n\nNothing at all, my dear.']);

  const { ranked, all } = await rankReplies(composing(store, model), { turns: TEA });

  assert.deepEqual(
    ranked.map(({ text }) => text),
    [GOOD[0]],
  );
  assert.match(all[0]!.rawText, /And what then/);
  assert.equal(all[1]!.gates.find(({ name }) => name === 'empty')?.passed, false);
});

test('on a network all of it is kept with the draft: skills, confidences, what each is from; and more is only written', async () => {
  const said = post('1', '@ada Are you a bot, or do you like tea with milk?');
  const network = heardOn([said]);
  const who = skilled();
  await catchUp({ store, persona: who, network, account: ACCOUNT, now: () => NOON });

  await replyNext({ ...composing(store, host(GOOD), { persona: who }), network });
  await moreCandidates(composing(store, host(['A spoon is a very small boat, I say.']), { persona: who }), 1);

  const { candidates } = await getDraft(store, 1);
  assert.deepEqual(candidates.map(({ found }) => found?.skill).toSorted(), [
    'generate',
    'generate',
    'generate',
    'retrieve',
    'rule',
  ]);
  const [rule] = candidates;
  const retrieved = candidates.find(({ found }) => found?.skill === 'retrieve');
  assert.deepEqual(rule?.found, { skill: 'rule', confidence: 1, because: '/are you a bot/' });
  assert.match(retrieved?.found?.because ?? '', /once said to/);
  const replayed = await replay(host(GOOD), folder, 'ada', (await readStory(store, 1)).rounds[0]!);
  assert.deepEqual(
    replayed.candidates.map(({ isSame }) => isSame),
    [true, true],
  );
});

test('the same earlier answer is not offered again while it is being sent', async () => {
  const words = ['Do you like tea with milk?', 'Do you like tea with milk, pray?'];
  const network = heardOn(words.map((text, index) => post(String(index), `@ada ${text}`)));
  const who = skilled();
  await catchUp({ store, persona: who, network, account: ACCOUNT, now: () => NOON });

  await replyNext({ ...composing(store, host(GOOD), { persona: who }), network });
  const { candidates } = await getDraft(store, 1);
  const index = candidates.findIndex(({ text }) => text === OLD);
  await approve(store, { draftId: 1, candidateId: candidates[index]!.id, now: NOON, undoMs: 0 });
  const { all } = await rankReplies(composing(store, host(GOOD), { persona: who }), { turns: TEA });

  const again = all.find(({ text }) => text === OLD);
  assert.equal(again?.passed, false);
});
