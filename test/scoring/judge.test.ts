import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { shinglesOf } from '../../src/corpus/near-duplicates.ts';
import type { Candidate, JudgeContext } from '../../src/scoring/candidate.ts';
import { copiesOf } from '../../src/scoring/copies.ts';
import { CopyIndex } from '../../src/scoring/copy-index.ts';
import { dullReplies } from '../../src/scoring/dull-replies.ts';
import { FEATURES } from '../../src/scoring/features.ts';
import { judge } from '../../src/scoring/judge.ts';
import { usualLength } from '../../src/scoring/usual-length.ts';

const SAYING = 'ABSURDITY, n. A statement or belief manifestly inconsistent with one’s own opinion.';
const EARLIER = 'PASSWORD, n. A secret that is kept from its owner, and given to everyone who asks.';

const context: JudgeContext = {
  corpus: new CopyIndex([SAYING]),
  earlier: new CopyIndex([EARLIER]),
  length: { min: 20, max: 200 },
  blocklist: ['acme'],
  language: 'en',
  privateNames: ['Mira Holm', 'Ann-Marie'],
  rules: { must: ['[a-z]'], mustNot: ['#\\w+'] },
  near: [{ source: 'an earlier post', index: copiesOf([EARLIER]).near }],
  usualLength: usualLength(['x'.repeat(50), 'x'.repeat(80), 'x'.repeat(130)]),
};

function candidate(text: string, rest: Partial<Candidate> = {}): Candidate {
  return { text, logProbabilities: [-2, -3, -4], finish: 'end-of-text', ...rest };
}

const GOOD = 'MEETING, n. An assembly in which many persons lose an hour each, that one may be heard.';

test('a good text passes every gate', () => {
  const judgement = judge(candidate(GOOD, { prompt: 'MEETING, n.' }), context);

  assert.ok(judgement.passed);
  assert.ok(judgement.gates.every(({ passed, reason }) => passed && reason === undefined));
  assert.ok(judgement.score > 0.5, String(judgement.score));
});

const stopped: readonly [gate: string, candidate: Candidate, reason: RegExp][] = [
  ['empty', candidate('SCROLL, v.i. ', { prompt: 'SCROLL, v.i.' }), /nothing was written after "SCROLL, v\.i\."/],
  ['empty', candidate(' …\n'), /nothing was written$/],
  ['too short', candidate('A short one.'), /12 characters, at least 20/],
  ['too long', candidate(`A ${'very '.repeat(50)}long one.`), /\d+ characters, at most 200/],
  ['repetition', candidate('I said that I know, that I know, that I know, that I know it.'), /% of its groups/],
  ['repetition', candidate('He laughed hahahahahahahahaha at it.'), /repeats "ha"/],
  ['repetition', candidate('No no no no no no no no no, said he.'), /repea/],
  ['unfinished', candidate('A sentence that stops in the', { finish: 'length' }), /was cut after "/],
  ['unfinished', candidate('A sentence that promises more:', { finish: 'end-of-text' }), /ends with ":"/],
  ['unbalanced', candidate('A sentence (with an opening that stays open.'), /"\(" is never closed/],
  ['unbalanced', candidate('“A sentence that is quoted, and goes on and on.'), /"“" is never closed/],
  ['unbalanced', candidate('A sentence that ends a quote,” which was never begun.'), /"”" closes nothing/],
  [
    'language',
    candidate('Das ist ein ganzer Satz auf Deutsch, und er hat genug Wörter.'),
    /is written in "de", and "en" is wanted/,
  ],
  ['private name', candidate('Then MIRA Holm came in, and nobody spoke.'), /names somebody whom no text may name/],
  ['private name', candidate('Then Ann\u2011Marie came in, and nobody spoke.'), /names somebody whom no text may name/],
  ['rules', candidate('A sentence that ends, I think, in #hashtags.'), /holds "#hashtags", which matches/],
  [
    'near duplicate',
    candidate(EARLIER.replace('everyone', 'anyone')),
    /says nearly what a text of an earlier post says: \d+ %/,
  ],
  ['blocklist', candidate('This is a fucking long story of nothing.'), /holds "fuck/],
  ['blocklist', candidate('A story of ACME and its competitors.'), /holds "acme"/],
  ['personal data', candidate('Write to ada@example.org and tell her so.'), /what looks like an e-mail address/],
  [
    'copied',
    candidate(`He defined it: ${SAYING.slice(14, 70)} thing.`),
    /5\d characters are in the corpus: " a statement/,
  ],
  ['copied', candidate(EARLIER.toUpperCase()), /characters are in an earlier post: "password, n\. a secret/],
];

for (const [gate, stoppedCandidate, reason] of stopped) {
  test(`"${stoppedCandidate.text.slice(0, 50)}" is stopped by ${gate}`, () => {
    const judgement = judge(stoppedCandidate, context);

    assert.equal(judgement.passed, false);
    assert.match(judgement.gates.find(({ name }) => name === gate)?.reason ?? 'no objection', reason);
  });
}

test('49 copied characters pass, 50 do not', () => {
  const pass = judge(candidate(`${SAYING.slice(14, 63)}# and something else.`), context);
  const stop = judge(candidate(`${SAYING.slice(14, 64)}# and something else.`), context);

  assert.ok(pass.passed);
  assert.match(stop.gates.find(({ name }) => name === 'copied')?.reason ?? '', /^50 characters/);
});

test('what the model ended itself may end like verse; what a limit cut must end its sentence', () => {
  const verse = 'A transient, horrible, fantastic dream,\nWherein is nothing yet\n—Jogo Tyree';

  assert.ok(judge(candidate(verse), context).passed);
  assert.ok(!judge(candidate(verse, { finish: 'length' }), context).passed);
  assert.ok(judge(candidate('He said: “I would prefer not to.”', { finish: 'length' }), context).passed);
  assert.ok(judge(candidate('Is it not so, my dear friend? 🎉', { finish: 'characters' }), context).passed);
});

test('characters are counted as people count them, not as UTF-16 does', () => {
  const faces = '😀'.repeat(5) + 'abcdefghij'.repeat(2);

  assert.ok(judge(candidate(`${faces}.`), { ...context, length: { min: 20, max: 26 } }).passed);
});

test('a fluent, varied, finished text scores above the same text made worse', () => {
  const score = (change: Partial<Candidate>) => judge({ ...candidate(GOOD), ...change }, context).score;
  const good = score({});

  assert.ok(good > score({ logProbabilities: [-7, -6, -8] }), 'less fluent');
  assert.ok(good > score({ finish: 'length' }), 'not finished');
  assert.ok(good > score({ text: `${GOOD} ${GOOD}` }), 'repetitive');
  assert.ok(good > score({ text: `${GOOD.slice(0, 40)} ${SAYING.slice(20, 60)}` }), 'partly copied');
  assert.ok(good > score({ text: `${GOOD.slice(0, -1)}."` }), 'a quote without a partner');
  assert.ok(good > score({ text: 'n. ok.' }), 'far from the usual length');
});

test('every feature tells its value and its part, and the parts make the score', () => {
  const likelihoods = { underPersona: { mean: -3, deviation: 2 }, underBase: { mean: -4, deviation: 2.5 } };
  const { features, score } = judge(
    { ...candidate(GOOD, likelihoods), relevance: 0.5, found: { skill: 'generate', confidence: 0.1 } },
    { ...context, recent: [shinglesOf(EARLIER)], said: ['What is a meeting?'], dull: dullReplies(['no']) },
  );

  assert.deepEqual(
    features.map(({ name }) => name),
    FEATURES.map(({ name }) => name),
  );
  assert.equal(features.find(({ name }) => name === 'likeness')?.value, 1);
  const sum = features.reduce((total, { part }) => total + part, 0);
  assert.ok(Math.abs(score - 1 / (1 + Math.exp(-sum))) < 1e-12);
});

test('what could not be measured is left out, and counts neither for nor against', () => {
  const { features } = judge(candidate(GOOD), context);

  const missing = FEATURES.map(({ name }) => name).filter((name) => !features.some((one) => one.name === name));
  assert.deepEqual(missing, [
    'base fluency',
    'base evenness',
    'likeness',
    'relevance',
    'dullness',
    'said before',
    'retrieved',
    'rule',
    'novelty',
  ]);
});

test('of two answers the one that is about something, and new, scores above one that could answer anything or was said', () => {
  const conversation = {
    ...context,
    said: ['What is a meeting?', GOOD],
    dull: dullReplies(['i have no idea what you mean']),
  };
  const score = (text: string, relevance: number) => judge({ ...candidate(text), relevance }, conversation).score;
  const good = score('A gathering of minutes, kept by those who lost them.', 0.3);

  assert.ok(good > score('I have no idea what you mean.', 0.3), 'dull');
  assert.ok(good > score(GOOD, 0.3), 'said before');
  assert.ok(good > score('A gathering of minutes, kept by those who lost them.', -0.3), 'beside the point');
});

test('what the rule says goes before what is retrieved, and that before what is written', () => {
  const conversation = { ...context, said: ['What is a meeting?'] };
  const score = (skill: 'generate' | 'retrieve' | 'rule') =>
    judge({ ...candidate(GOOD), found: { skill, confidence: 0.6 } }, conversation).score;

  assert.ok(score('rule') > score('retrieve') && score('retrieve') > score('generate'));
});

test('a reply that goes on as the one it answers is stopped; a post may quote', () => {
  const quoting = candidate('An hour that nobody gets back.\n> And who keeps it?');

  const reply = judge(quoting, { ...context, said: ['What is a meeting?'] });

  assert.match(
    reply.gates.find(({ name }) => name === 'other voice')?.reason ?? '',
    /speaks for somebody else: "> And/,
  );
  assert.ok(judge(quoting, context).passed);
});

/** Tokens have log-probabilities of -2, -3 and -4; the corpus has texts of 50, 80 and 130 characters. */
const measured: readonly [feature: string, text: string, value: number, rest?: Partial<Candidate>][] = [
  ['fluency', GOOD, -3],
  ['fluency', GOOD, -2.5, { underPersona: { mean: -2.5, deviation: 1 } }],
  ['evenness', GOOD, Math.sqrt(2 / 3)],
  ['base fluency', GOOD, -4, { underBase: { mean: -4, deviation: 2 } }],
  ['base evenness', GOOD, 2, { underBase: { mean: -4, deviation: 2 } }],
  ['likeness', GOOD, 1.5, { underPersona: { mean: -2.5, deviation: 1 }, underBase: { mean: -4, deviation: 2 } }],
  ['repetition', 'one two three four five, one two three four five', 2 / 7],
  ['variety', 'to be or not to be', 4 / 5],
  ['length', 'x'.repeat(50), 1.2180671612851757],
  ['size', 'x'.repeat(80), Math.log(80)],
  ['finished', GOOD, 1],
  ['finished', GOOD, 0, { finish: 'length' }],
  ['unpaired', 'An “open quote, a (bracket and a "', 3],
  ['relevance', GOOD, 0.4, { relevance: 0.4 }],
  ['retrieved', GOOD, 0.7, { found: { skill: 'retrieve', confidence: 0.7 } }],
  ['rule', GOOD, 0, { found: { skill: 'retrieve', confidence: 0.7 } }],
  ['copied', `${SAYING.slice(0, 40)} and nothing more at all`, 40 / 64],
  ['question', 'Who would have thought it?”', 1],
  ['question', 'Who would have thought it. Nobody.', 0],
  ['distinct words', 'no, no, never', 2 / 3],
  ['reading level', 'The cat sat. The philosopher considered everything.', 3.5 + (100 * 3) / 7],
  ['novelty', EARLIER, 0],
  ['novelty', 'Quite another thought.', 1],
];

for (const [feature, text, value, rest] of measured) {
  test(`${feature} of "${text.slice(0, 40)}" is ${value.toFixed(2)}`, () => {
    const { features } = judge(candidate(text, rest), { ...context, recent: [shinglesOf(EARLIER)] });

    assert.ok(Math.abs((features.find(({ name }) => name === feature)?.value ?? Number.NaN) - value) < 1e-9);
  });
}

test('whatever is written, it is judged: a score between 0 and 1, finite parts, a reason for each gate that stops', () => {
  const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme', maxLength: 600 }));
  const numbers = fc.array(fc.double({ min: -100, max: 0, noNaN: true }), { maxLength: 30 });
  fc.assert(
    fc.property(texts, numbers, (text, logProbabilities) => {
      const { gates, features, score, passed } = judge(candidate(text, { logProbabilities }), context);

      assert.ok(score >= 0 && score <= 1);
      assert.ok(features.every(({ value, part }) => Number.isFinite(value) && Number.isFinite(part)));
      assert.ok(gates.every((gate) => gate.passed === (gate.reason === undefined)));
      assert.equal(
        passed,
        gates.every((gate) => gate.passed),
      );
    }),
  );
});

test('without a corpus, nothing is copied and no length is usual', () => {
  const { passed, features } = judge(candidate(SAYING), {
    ...context,
    corpus: new CopyIndex([]),
    usualLength: usualLength([]),
  });

  assert.ok(passed);
  assert.ok(features.find(({ name }) => name === 'length')?.part === 0);
});
