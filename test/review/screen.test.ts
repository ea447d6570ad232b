import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { getDraft, listDrafts } from '../../src/queue/draft.ts';
import { screen, type View } from '../../src/review/screen.ts';
import { type Session, START, step } from '../../src/review/session.ts';
import { openStore } from '../../src/store/store.ts';
import { candidate, draftOf, insertDraft, NOON, pendingDraft } from '../queue/prepared-drafts.ts';

const VIEW: View = {
  columns: 80,
  rows: 24,
  now: new Date(NOON.getTime() - 2 * 3_600_000),
  zoneOf: () => 'Europe/Paris',
};

async function sessionWith(...candidates: readonly ReturnType<typeof candidate>[]): Promise<Session> {
  const store = openStore(':memory:');
  const draft = await getDraft(store, await insertDraft(store, [], { ...draftOf([]), candidates }));
  await store.close();
  return step(START, { type: 'loaded', drafts: [draft] }).session;
}

const plain = (session: Session, view: View = VIEW) => screen(session, view).map(stripVTControlCharacters);

test('the screen shows the draft, its slot in the zone of its persona, and its candidates with their verdicts', async () => {
  const session = await sessionWith(
    candidate('Hope is a debt.', { score: 0.9 }),
    candidate('Hope is a habit.', {
      score: 0.8,
      features: [
        { name: 'fluent', value: -2.6, part: 0.21 },
        { name: 'fresh', value: 1, part: -0.1 },
      ],
    }),
  );

  assert.deepEqual(
    plain(session),
    [
      '',
      ' ada                                                           draft 1 · 1 of 1',
      ' Post for today 13:00 Europe/Paris, in 2 hours',
      ' Prompt  HOPE, n.',
      '',
      ' ▌ 1 Hope is a debt.',
      ' ▌   0.90 · 2 gates passed · fluent +0.21',
      '   ',
      '   2 Hope is a habit.',
      '     0.80 · 2 gates passed · fluent +0.21 · fresh −0.10',
    ]
      .map((line) => line.trimEnd())
      .concat(Array.from({ length: 11 }, () => ''))
      .concat([` ${'─'.repeat(78)}`, '', ' 1–5 pick  e edit  m more  x reject  s skip  u undo  d detail  q leave']),
  );
});

test('detail tells what every gate and feature said of the candidate in focus', async () => {
  const session = await sessionWith(candidate('Hope is a debt.'));

  const lines = plain({ ...session, detail: true }).join('\n');

  assert.match(lines, /score 0\.50 · 12 tokens · −2\.6\d nats a token · seed 7/);
  assert.match(lines, /length ✓ {2}copied ✓/);
  assert.match(lines, /fluent +−2\.60 +\+0\.21/);
});

test('detail tells how a reply was found and how sure that is, and from where; nothing of it works on the terminal', async () => {
  const found = { skill: 'retrieve', confidence: 0.62, because: 'once said to “Tea\u001b[2J?”' } as const;
  const session = { ...(await sessionWith(candidate('As I like rain.', { found }))), detail: true };

  assert.ok(
    plain(session).some((line) => line.includes('retrieve 0.62 once said to “Tea␛[2J?”')),
    plain(session).join('\n'),
  );
});

test('with nothing waiting the screen says so', () => {
  assert.match(plain(START).join('\n'), /Nothing waits for you/);
});

test('control characters of a text are shown and never sent', async () => {
  const session = await sessionWith(candidate('\x1b]0;owned\x07 \x1b[2J\x9b31m \u202eabc \r\b tab\there'));

  const lines = screen(session, VIEW);

  assert.match(lines.join('\n'), /␛\]0;owned␇ ␛\[2J<U\+009B>31m <U\+202E>abc ␍␈ tab␉here/);
  for (const line of lines) assert.doesNotMatch(stripVTControlCharacters(line), /[\p{Cc}\u202e]/u);
});

test('a text longer than the screen can be read to its end before it is picked', () => {
  const text = Array.from({ length: 40 }, (_, line) => `line ${line + 1}`).join('\n');
  const start = step(START, { type: 'loaded', drafts: [pendingDraft(1, [[text]])] }).session;
  const pageDown = (session: Session) => step(session, { type: 'key', key: { name: 'pagedown', atMs: 0 } }).session;

  const pages = [start];
  while (pages.length < 10) pages.push(pageDown(pages.at(-1)!));

  const seen = pages.map((session) => plain(session).join('\n')).join('\n');
  for (let line = 1; line <= 40; line++) assert.match(seen, new RegExp(`line ${line}\\n`));
  assert.match(plain(start).join('\n'), /↓ more below/);
  assert.match(plain(pages.at(-1)!).join('\n'), /↑ more above/);
});

test('whatever the texts and however small the terminal, the screen fits it and shows the candidate in focus', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 20, max: 120 }),
      fc.integer({ min: 10, max: 40 }),
      fc.nat({ max: 4 }),
      fc.boolean(),
      (texts, columns, rows, focus, detail) => {
        const session = step(START, { type: 'loaded', drafts: [pendingDraft(1, [texts])] }).session;
        const focused = { ...session, detail, focus: Math.min(focus, texts.length - 1) };

        const lines = screen(focused, { ...VIEW, columns, rows });

        assert.ok(lines.length <= rows);
        for (const line of lines) assert.ok(stringWidth(line) <= columns, `"${line}" is wider than ${columns}`);
        if (rows >= 16)
          assert.ok(
            lines.some((line) => line.includes('▌')),
            'the focus is not on the screen',
          );
      },
    ),
    { numRuns: 60 },
  );
});

test('of a draft that may be posted or not the screen shows what was found, and the keys to say which', () => {
  const doubtful = {
    ...pendingDraft(1),
    status: 'uncertain' as const,
    text: 'Hope is a debt.',
    heldAt: NOON.toISOString(),
    reason: 'sent 2 times, and X\u001b[2J does not show it',
  };

  const lines = plain(step(START, { type: 'loaded', drafts: [doubtful] }).session).join('\n');

  assert.match(lines, /nobody can tell whether it is posted/);
  assert.match(lines, /What was found: sent 2 times, and X␛\[2J does not show it/);
  assert.match(lines, /Hope is a debt\./);
  assert.match(lines, /p it is posted {2}n it is not: send it again/);
});

test('a blind draft shows no score, no part and no likelihood until it is decided, and says that it is blind', async () => {
  const store = openStore(':memory:');
  const candidates = [candidate('Hope is a debt.', { score: 0.9 }), candidate('Hope is a habit.', { score: 0.8 })];
  const draft = await getDraft(store, await insertDraft(store, [], { candidates, blind: 'several' }));
  const session = step(START, { type: 'loaded', drafts: [draft] }).session;
  const detailed = step(session, { type: 'key', key: { name: 'd', atMs: 0 } }).session;

  for (const shown of [plain(session), plain(detailed)]) {
    const text = shown.join('\n');
    assert.match(text, /Blind: scores are hidden until you decide/);
    assert.match(text, /2 gates passed|length ✓/);
    assert.doesNotMatch(text, /0\.[89]0|fluent|nats/);
  }
});

test('above a reply stands what it answers', async () => {
  const store = openStore(':memory:');
  await insertDraft(store, ['Yours, I fear.'], { kind: 'reply', inReplyTo: '109', prompt: null });
  const drafts = await listDrafts(store);
  const thread = [
    { author: '@ada@example.social', isOwn: true, text: 'Hope is a debt.' },
    { author: '@bob@example.social', isOwn: false, text: 'Whose? \u001b[2J' },
  ];

  const lines = plain(step(START, { type: 'loaded', drafts }).session, {
    ...VIEW,
    threads: new Map([[drafts[0]!.id, thread]]),
  });

  const text = lines.join('\n');
  assert.match(text, /Reply to @bob@example\.social for/);
  assert.match(text, /@ada@example\.social: Hope is a debt\.\n @bob@example\.social\n {3}Whose\? ␛\[2J/);
  assert.equal(lines.length, VIEW.rows);
});
