import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { textOf } from '../../src/writing/provenance.ts';
import { screen } from '../../src/writing/screen.ts';
import { type Effect, type Event, type Session, start, step, treeOrder } from '../../src/writing/session.ts';
import { after, begun, nodeAt, type Writing } from '../../src/writing/writing.ts';
import { begin, offer, pieceOf } from './pieces.ts';

let clock = 0;
const key = (name: string): Event => {
  const character = name.length === 1 ? name : undefined;
  return { type: 'key', key: { name, character, atMs: (clock += 1000) } };
};

/** A session in which the model answers at once, with its log. */
function desk(writing: Writing) {
  const first = start(writing);
  let session = first.session;
  const log: Effect[] = [];
  let asked = 0;
  const take = (effects: readonly Effect[]) => {
    for (const effect of effects) {
      log.push(effect);
      if (effect.do === 'offer')
        give({ type: 'offered', offer: offer(session.writing.at, ` one ${++asked}.`, ` two ${asked}.`) });
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
    get text() {
      return textOf(nodeAt(session.writing).segments);
    },
  };
}

test('one key takes a continuation, and the next ones come by themselves', () => {
  const one = desk(begun(begin()));
  one.press('2');

  assert.deepEqual(
    one.log.map((effect) => (effect.do === 'log' ? effect.turn.do : effect.do)),
    ['offer', 'offer', 'take', 'offer', 'offer'],
  );
  assert.equal(one.text, 'The sea two 1.');
});

test('typed, edited, taken back and branched, the tree has all of it', () => {
  const one = desk(begun(begin()));
  one.press('1', 't', ...'But no.', 'return');
  assert.equal(one.text, 'The sea one 1. But no.');
  one.press('b', '2');
  assert.equal(one.text, 'The sea one 1. two 2.');
  one.press('e');
  one.give({ type: 'edited', text: 'The sea was one.\n' });

  assert.equal(one.text, 'The sea was one.');
  assert.deepEqual(
    one.session.writing.nodes.map(({ parent, made }) => [parent, made]),
    [
      [null, 'begin'],
      [0, 'take'],
      [1, 'type'],
      [1, 'take'],
      [3, 'edit'],
    ],
  );
});

test('what stands in the log makes the same tree again', () => {
  const one = desk(begun(begin()));
  one.press(
    '1',
    't',
    ...'But no.',
    'return',
    'b',
    '2',
    'm',
    'left',
    '2',
    'g',
    '+',
    'p',
    'w',
    'up',
    'up',
    'return',
    '1',
  );

  const turns = one.log.flatMap((effect) => (effect.do === 'log' ? [effect.turn] : []));

  assert.deepEqual(turns.reduce(after, begun(begin())), one.session.writing);
});

test('the tree is walked by keys, and two of its texts are compared from where they part', () => {
  const one = desk(
    pieceOf(
      offer(0, ' is calm.', ' is grey.'),
      { do: 'take', offer: 0, choice: 1 },
      { do: 'go', node: 0 },
      { do: 'take', offer: 0, choice: 2 },
    ),
  );
  one.press('w');
  assert.deepEqual(treeOrder(one.session.writing), [
    { id: 0, depth: 0 },
    { id: 1, depth: 1 },
    { id: 2, depth: 1 },
  ]);
  one.press('up', 'c');
  const lines = screen(one.session, { columns: 60, rows: 20, name: 'sea' }).map((line) =>
    stripVTControlCharacters(line).trim(),
  );
  assert.deepEqual(
    lines.filter((line) => /is (calm|grey)|Now|Instead/.test(line)),
    ['Now: 2', 'is grey.', 'Instead: 1', 'is calm.'],
  );
  one.press('return');

  assert.equal(one.text, 'The sea is calm.');
});

test('a key that is held takes nothing that was not read', () => {
  const { session } = start(pieceOf(offer(0, ' is calm.')));
  const press = (from: Session, atMs: number) => step(from, { type: 'key', key: { name: '1', character: '1', atMs } });
  const first = press(session, 5000);
  const offered = step(first.session, { type: 'offered', offer: offer(1, ' Again.') });
  const held = press(offered.session, 5400);

  assert.equal(held.session.writing.at, 1);
  assert.equal(press(held.session, 9000).session.writing.at, 2);
});

test('Ctrl-C leaves from everywhere: while typing, while the model writes, in the tree', () => {
  const { session } = start(pieceOf(offer(0, ' is calm.')));
  const typing = step(session, key('t')).session;
  const busy = step(session, key('m')).session;
  const tree = step(session, key('w')).session;

  for (const where of [session, typing, busy, tree, step(tree, key('c')).session])
    assert.deepEqual(step(where, key('ctrl-c')).effects, [{ do: 'leave' }]);
});

test('empty words are no turn, and too many are said', () => {
  const { session } = start(pieceOf(offer(0, ' is calm.')));
  const empty = step(step(session, key('t')).session, key('return'));
  const novel = { ...step(session, key('t')).session, typing: 'x'.repeat(5_000_000) };
  const refused = step(novel, key('return'));

  assert.deepEqual([empty.effects, empty.session.typing], [[], null]);
  assert.deepEqual([refused.effects, refused.session.notice?.kind], [[], 'failed']);
  assert.equal(refused.session.typing?.length, 5_000_000, 'the words are not lost');
});

test('whatever keys come, every screen has its rows, fits its columns, and obeys no text', () => {
  const name = fc.constantFrom(
    '1',
    '2',
    'm',
    't',
    'e',
    'b',
    'w',
    'c',
    'g',
    '+',
    '-',
    'p',
    'up',
    'down',
    'left',
    'right',
    'return',
    'escape',
    'x',
    '海',
    'backspace',
  );

  fc.assert(
    fc.property(
      fc.array(name, { maxLength: 30 }),
      fc.integer({ min: 12, max: 120 }),
      fc.integer({ min: 1, max: 40 }),
      (names, columns, rows) => {
        const one = desk(begun(begin('The \u001b[31m sea 海 '.repeat(30))));
        for (const pressed of names) {
          one.press(pressed);
          const lines = screen(one.session, { columns, rows, name: 'sea' });
          assert.equal(lines.length, rows);
          for (const line of lines) {
            assert.ok(stringWidth(line) <= columns, `${stringWidth(line)} of ${columns}: ${line}`);
            assert.ok(!line.includes('\u001b[31m sea'), 'the text’s own control characters');
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});
