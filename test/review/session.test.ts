import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Draft } from '../../src/queue/draft.ts';
import { type Effect, type Event, type Session, START, shownDraft, shownPage, step } from '../../src/review/session.ts';
import { pendingDraft as draft } from '../queue/prepared-drafts.ts';

const loaded = (...drafts: readonly Draft[]): Event => ({ type: 'loaded', drafts });

/** Presses keys a second apart; single characters also count as typed text. */
function press(session: Session, keys: readonly string[], gapMs = 1000): { session: Session; effects: Effect[] } {
  const effects: Effect[] = [];
  let atMs = (session.lastKey?.atMs ?? 0) + gapMs;
  for (const name of keys) {
    const next = step(session, { type: 'key', key: { name, character: name.length === 1 ? name : undefined, atMs } });
    session = next.session;
    if (next.effect) effects.push(next.effect);
    atMs += gapMs;
  }
  return { session, effects };
}

const begin = (...drafts: readonly Draft[]) => step(START, loaded(...drafts)).session;
const done = (did: 'approve' | 'reject' | 'skip' | 'undo' | 'more' | 'nothing', draftId: number): Event => ({
  type: 'done',
  did,
  draftId,
  notice: { kind: 'done', text: did },
});

test('the soonest draft comes first, and a number picks its candidate', () => {
  const { session, effects } = press(begin(draft(1), draft(2)), ['2']);

  assert.equal(shownDraft(session)?.id, 1);
  assert.deepEqual(effects, [{ do: 'approve', draftId: 1, candidateId: 102 }]);
});

test('a number without a candidate does nothing', () => {
  assert.deepEqual(press(begin(draft(1)), ['4', '9', '0']).effects, []);
});

test('while one thing is being done, no key does another, but q leaves', () => {
  const { effects } = press(begin(draft(1)), ['m', '1', 'x', 's', 'u', 'q']);

  assert.deepEqual(
    effects.map((effect) => effect.do),
    ['more', 'leave'],
  );
});

test('after a decision the next draft is shown', () => {
  let { session } = press(begin(draft(1), draft(2)), ['1']);
  session = step(session, loaded(draft(2))).session;
  session = step(session, done('approve', 1)).session;

  assert.equal(shownDraft(session)?.id, 2);
  assert.equal(session.notice?.text, 'approve');
});

test('a key held down approves one draft, not the ones behind it', () => {
  let session = begin(draft(1), draft(2));
  const effects: Effect[] = [];
  for (let repeat = 0; repeat < 5; repeat++) {
    const pressed = press(session, ['1'], 500);
    effects.push(...pressed.effects);
    session = step(step(pressed.session, loaded(draft(2))).session, done('approve', 1)).session;
  }

  assert.deepEqual(effects, [{ do: 'approve', draftId: 1, candidateId: 101 }]);
});

test('x asks for a reason, in which every key is text; Enter rejects', () => {
  const { session, effects } = press(begin(draft(1)), ['x', 's', '1', 'q', 'backspace', 'paste', 'return']);

  assert.deepEqual(effects, [{ do: 'reject', draftId: 1, reason: 's1' }]);
  assert.equal(session.reason, null);
});

test('Enter alone rejects without a reason, and Esc rejects nothing', () => {
  assert.deepEqual(press(begin(draft(1)), ['x', 'return']).effects, [{ do: 'reject', draftId: 1, reason: '' }]);
  assert.deepEqual(press(begin(draft(1)), ['x', 'n', 'o', 'escape']).effects, []);
});

test('a reason that was being typed goes when its draft goes', () => {
  const { session } = press(begin(draft(1), draft(2)), ['x', 'n']);

  assert.equal(step(session, loaded(draft(2))).session.reason, null);
});

test('e edits the candidate in focus', () => {
  const { effects } = press(begin(draft(1)), ['down', 'j', 'down', 'up', 'e']);

  assert.deepEqual(effects, [{ do: 'edit', draftId: 1, candidateId: 102, text: 'two' }]);
});

test('words that could not be approved are there when e is pressed again', () => {
  const { session } = press(begin(draft(1)), ['e']);
  const failed = step(session, {
    type: 'failed',
    message: 'too long',
    unsaved: { draftId: 1, text: 'my words' },
  }).session;

  assert.deepEqual(press(failed, ['e']).effects, [{ do: 'edit', draftId: 1, candidateId: 101, text: 'my words' }]);
});

test('s shows the next draft, and in the end the one skipped longest ago', () => {
  let session = begin(draft(1), draft(2));
  const shown: (number | undefined)[] = [];
  for (let skips = 0; skips < 3; skips++) {
    const pressed = press(session, ['s']);
    const id = shownDraft(session)!.id;
    session = step(step(pressed.session, loaded(draft(1), draft(2))).session, done('skip', id)).session;
    shown.push(shownDraft(session)?.id);
  }

  assert.deepEqual(shown, [2, 1, 2]);
});

test('u takes back the decisions of this session, newest first, and shows the draft again', () => {
  let { session } = press(begin(draft(1), draft(2)), ['1']);
  session = step(step(session, loaded(draft(2))).session, done('approve', 1)).session;
  session = step(step(press(session, ['x', 'return']).session, loaded()).session, done('reject', 2)).session;

  const first = press(session, ['u']);
  session = step(step(first.session, loaded(draft(2))).session, done('undo', 2)).session;

  assert.deepEqual(first.effects, [{ do: 'undo', draftId: 2 }]);
  assert.equal(shownDraft(session)?.id, 2);
  assert.deepEqual(press(session, ['u']).effects, [{ do: 'undo', draftId: 1 }]);
});

test('u without a decision in this session says so', () => {
  const { session, effects } = press(begin(draft(1)), ['u']);

  assert.deepEqual(effects, []);
  assert.match(session.notice?.text ?? '', /Nothing decided/);
});

test('more candidates are shown in place of the earlier ones, which are a key away', () => {
  const { session } = press(begin(draft(1, [['one']])), ['m']);
  const more = step(step(session, loaded(draft(1, [['one'], ['two', 'three']]))).session, done('more', 1)).session;

  const texts = (of: Session) => shownPage(of).map(({ text }) => text);
  assert.deepEqual(texts(more), ['two', 'three']);
  assert.deepEqual(texts(press(more, ['left', 'left']).session), ['one']);
  assert.deepEqual(press(more, ['left', '1']).effects, [{ do: 'approve', draftId: 1, candidateId: 101 }]);
});

test('what the daemon writes meanwhile does not move the draft on the screen', () => {
  const { session } = press(begin(draft(2)), ['down', 'd']);

  const later = step(session, loaded(draft(1), draft(2))).session;

  assert.equal(shownDraft(later)?.id, 2);
  assert.equal(later.focus, 1);
  assert.equal(later.detail, true);
});

test('with nothing waiting only leaving and undoing do something', () => {
  assert.deepEqual(press(begin(), ['1', 'e', 'm', 'x', 's', 'return', 'q']).effects, [{ do: 'leave' }]);
  assert.deepEqual(press(begin(), ['ctrl-c']).effects, [{ do: 'leave' }]);
});

test('pasted text presses no keys', () => {
  assert.deepEqual(press(begin(draft(1)), ['paste', 'paste']).effects, []);
});

test('a draft that may be posted or not has keys of its own, and is not approved by a number', () => {
  const doubtful: Draft = { ...draft(1), status: 'uncertain', heldAt: '2026-03-01T13:00:00.000Z' };

  assert.deepEqual(press(begin(doubtful, draft(2)), ['1', 'e', 'm', 'p']).effects, [
    { do: 'settle', draftId: 1, was: 'posted' },
  ]);
  assert.deepEqual(press(begin(doubtful), ['n']).effects, [{ do: 'settle', draftId: 1, was: 'not posted' }]);
  assert.deepEqual(press(begin(doubtful), ['x', 'return']).effects, [{ do: 'reject', draftId: 1, reason: '' }]);
  assert.equal(shownDraft(press(begin(doubtful, draft(2)), ['s']).session)?.id, 2);
});

test('a ranking learned elsewhere does not move the candidates of the draft on the screen', () => {
  const pending = draft(1);
  const { session } = step(START, { type: 'loaded', drafts: [pending] });

  const ranked = { ...pending, candidates: pending.candidates.toReversed() };
  const next = step(session, { type: 'loaded', drafts: [ranked] }).session;

  assert.deepEqual(shownPage(next), shownPage(session));
});
