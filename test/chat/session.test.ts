import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { after, begun, type Conversation } from '../../src/chat/conversation.ts';
import { screen } from '../../src/chat/screen.ts';
import { type Effect, type Event, start, step } from '../../src/chat/session.ts';
import { begin, offer, say, talkOf } from './conversations.ts';

let clock = 0;
const key = (name: string): Event => {
  const character = [...name].length === 1 ? name : undefined;
  return { type: 'key', key: { name, character, atMs: (clock += 1000) } };
};

/** A session in which model and lessons answer at once, with its log. */
function desk(talk: Conversation) {
  const first = start(talk);
  let session = first.session;
  const log: Effect[] = [];
  let asked = 0;
  const take = (effects: readonly Effect[]) => {
    for (const effect of effects) {
      log.push(effect);
      if (effect.do === 'offer') {
        asked++;
        give({ type: 'offered', offer: offer(session.talk.said.length, `One ${asked}.`, `Two ${asked}.`) });
      }
      if (effect.do === 'learn') {
        give({ type: 'learned', lesson: { lessons: 1, before: ['One.'], after: ['Two.'], milliseconds: 900 } });
      }
    }
  };
  const give = (event: Event) => {
    const next = step(session, event);
    session = next.session;
    take(next.effects);
  };
  take(first.effects);
  return {
    press: (...names: readonly string[]) => names.forEach((name) => void give(key(name))),
    give,
    log,
    get session() {
      return session;
    },
    get said() {
      return session.talk.said.map(({ text }) => text);
    },
    get shown() {
      const view = { columns: 60, rows: 24, name: 'tea' };
      return screen(session, view).map(stripVTControlCharacters).join('\n');
    },
  };
}

test('what is said is answered by replies, and one key picks and teaches', () => {
  const one = desk(begun(begin()));
  one.press(...'Hope?', 'return', '2');

  assert.deepEqual(one.said, ['Hope?', 'Two 1.']);
  assert.deepEqual(
    one.log.map((effect) => (effect.do === 'log' ? effect.turn.do : effect.do)),
    ['say', 'offer', 'offer', 'pick', 'learn'],
  );
  assert.match(one.shown, /Taught once \(0\.9 s\)[\s\S]*− {2}One\.\n \+ {2}Two\./);
});

test('one types what it should have said, and that is taught', () => {
  const one = desk(begun(begin()));
  one.press(...'Hope?', 'return', 't', ...'A cough.', 'return');

  assert.deepEqual(one.said, ['Hope?', 'A cough.']);
  assert.deepEqual(one.log.at(-1), { do: 'learn', turn: 2 });
});

test('the persona is not taught the other’s turn, and the words stay to be changed', () => {
  const one = desk(begun(begin()));
  one.press(...'Hope?', 'return', 't', ...'> no', 'return');

  assert.match(one.shown, /✗ expected only what the persona says/);
  assert.equal(one.session.typing?.line, '> no');
  assert.deepEqual(one.said, ['Hope?']);
});

test('an empty turn is not said', () => {
  const one = desk(begun(begin()));
  one.press(' ', 'return');

  assert.deepEqual(one.said, []);
  assert.match(one.shown, /✗ expected some words, found none/);
});

test('an earlier turn is corrected in place, and that is learned; what is offered then answers what stands there now', () => {
  const one = desk(talkOf(say('Hope?'), offer(1, 'Hope.'), { do: 'pick', offer: 0, choice: 1 }, say('Why?')));
  one.press('c', '1', 'return');
  assert.deepEqual(one.log.at(-1), { do: 'edit', turn: 1, text: 'Hope?' });
  one.give({ type: 'edited', turn: 1, text: 'Love?\n' });

  assert.deepEqual(one.said, ['Love?', 'Hope.', 'Why?']);
  assert.deepEqual(
    one.log.map((effect) => (effect.do === 'log' ? effect.turn.do : effect.do)),
    ['offer', 'offer', 'edit', 'correct', 'learn', 'offer', 'offer'],
  );
  assert.match(one.shown, /Love\? \(corrected\)/);
});

test('a turn that is not there cannot be corrected, and an editor that was left changes nothing', () => {
  const one = desk(talkOf(say('Hope?')));
  one.press('c', '9', 'return');
  assert.match(one.shown, /expected a turn from 1 to 1, found 9/);
  one.press('escape', 'c', '1', 'return');
  one.give({ type: 'edited', turn: 1, text: null });

  assert.match(one.shown, /Left as it was/);
  assert.deepEqual(one.said, ['Hope?']);
});

test('what the log says is the conversation', () => {
  const one = desk(begun(begin()));
  one.press(...'Hope?', 'return', 'm', 'left', '1', ...'And?', 'return', 't', ...'Море 海.', 'return');

  const turns = one.log.flatMap((effect) => (effect.do === 'log' ? [effect.turn] : []));

  assert.deepEqual(turns.reduce(after, begun(begin())), one.session.talk);
});

test('while it learns, the next turn may be typed, and is said once that is over', () => {
  const { session } = start(talkOf(say('Hope?'), offer(1, 'Hope.')));
  const picked = step(session, key('1')).session;
  const typed = [...'And?'].reduce((at, letter) => step(at, key(letter)).session, picked);
  const early = step(typed, key('return'));
  const said = step(early.session, { type: 'learned', lesson: null });
  const changed = step(step(early.session, key('!')).session, { type: 'learned', lesson: null });

  assert.equal(picked.doing, 'Learning…');
  assert.deepEqual(early.effects, []);
  assert.deepEqual(said.effects[0], { do: 'log', turn: { do: 'say', text: 'And?' } });
  assert.deepEqual(changed.effects, [], 'who types on has not finished');
});

test('a key that is held picks nothing that was not read', () => {
  const press = (atMs: number): Event => ({ type: 'key', key: { name: '1', character: '1', atMs } });
  const { session } = start(talkOf(say('Hope?'), offer(1, 'Hope.')));
  const held = step({ ...session, lastKey: { name: '1', atMs: 5000 } }, press(5400));

  assert.deepEqual(held.effects, []);
});

test('a failure says what to do, and the keys are there again', () => {
  const { session } = start(talkOf(say('Hope?')));
  const failed = step(session, { type: 'failed', message: 'The model host is busy.' }).session;

  assert.equal(failed.doing, null);
  assert.deepEqual(step(failed, key('m')).effects, [{ do: 'offer' }]);
});

test('whatever is said, every screen has its rows, no line is too wide, and no control character comes through', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 300 });
  const view = fc.record({
    columns: fc.integer({ min: 20, max: 120 }),
    rows: fc.integer({ min: 3, max: 40 }),
    name: fc.constant('tea'),
  });
  fc.assert(
    fc.property(
      fc.array(text, { minLength: 1, maxLength: 6 }),
      text,
      view,
      fc.boolean(),
      (texts, line, size, types) => {
        const talk = talkOf(say(texts[0]!), offer(1, ...texts));
        const { session } = start(talk);
        const shown = screen(types ? { ...session, typing: { as: 'answer', line } } : session, size);

        assert.equal(shown.length, size.rows);
        for (const one of shown.map(stripVTControlCharacters)) {
          assert.doesNotMatch(one, /\p{Cc}/u);
          assert.ok(stringWidth(one) <= Math.max(12, size.columns), `${stringWidth(one)} in ${size.columns}: ${one}`);
        }
      },
    ),
  );
});
