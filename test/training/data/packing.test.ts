import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { randomFrom } from '../../../src/random.ts';
import { batchOf, heldOutBatches, rowsInEpoch, trainingRows } from '../../../src/training/data/batches.ts';
import { packRows, piecesOf } from '../../../src/training/data/packing.ts';
import { learnedTokens, type TokenDocument, tokenDocument } from '../../../src/training/data/token-documents.ts';

const END = 0;
const letters = { endOfText: END, encode: (text: string) => [...text].map((letter) => letter.codePointAt(0)!) };
const documentOf = (text: string, id = text) => tokenDocument({ id, text, source: 'made up' }, letters);
const sized = (id: number, length: number): TokenDocument => ({
  id: String(id),
  tokens: Uint32Array.from({ length: length + 1 }, (_, t) => id * 1_000 + t),
  learnFrom: 1,
});

test('a document stands between two real end-of-text tokens, and only the answer of a dialogue is learned', () => {
  const plain = documentOf('<|endoftext|>');
  const answer = tokenDocument(
    {
      id: '1',
      text: 'ok',
      source: 'chat',
      context: [
        { by: 'another', text: 'so\nwhat' },
        { by: 'me', text: 'hm' },
      ],
    },
    letters,
  );

  assert.deepEqual([plain.tokens[0], plain.tokens.at(-1)], [END, END]);
  assert.equal(plain.tokens.filter((token) => token === END).length, 2, 'what spells the token is text');
  assert.equal(String.fromCodePoint(...answer.tokens.slice(1, -1)), '> so\n> what\n\nhm\n\nok');
  assert.equal(learnedTokens([answer]), 'ok'.length + 1);
  const [batch] = heldOutBatches([answer], { batch: 1, length: 32 });
  const learned = [...batch!.labels].filter((_, at) => batch!.weights[at] === 1).map(Number);
  assert.deepEqual(learned, ['o', 'k'].map((letter) => letter.codePointAt(0)!).concat(END));
});

test('no document that fits is cut, every token of every document is in exactly one row, and rows do not overflow', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      fc.integer({ min: 1, max: 16 }),
      (sizes, length) => {
        const documents = sizes.map((size, id) => sized(id, size));
        const random = randomFrom(sizes.length);
        const rows = packRows(
          documents.flatMap((document) => piecesOf(document, length, random)),
          length,
        );

        for (const row of rows) assert.ok(row.reduce((sum, { start, end }) => sum + end - start, 0) <= length);
        for (const document of documents) {
          const pieces = rows.flat().filter((piece) => piece.document === document);
          const learned = pieces.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, t) => start + t));
          assert.deepEqual(
            learned.toSorted((a, b) => a - b),
            Array.from({ length: document.tokens.length - 1 }, (_, t) => t),
          );
          if (document.tokens.length - 1 <= length) assert.equal(pieces.length, 1);
        }
      },
    ),
  );
});

test('an answer too long a conversation stands before loses the beginning of the conversation, nothing of itself', () => {
  const context = [{ by: 'another' as const, text: 'x'.repeat(100) }];
  const answer = tokenDocument({ id: '1', text: 'yes!', source: 'chat', context }, letters);

  const pieces = piecesOf(answer, 20, randomFrom(1));

  assert.deepEqual(
    pieces.map(({ start, end }) => [start, end]),
    [[answer.tokens.length - 21, answer.tokens.length - 1]],
  );
});

test('documents of one row know nothing of each other: own positions, own numbers; padding counts nothing', () => {
  const rows = packRows(
    [sized(1, 3), sized(2, 2)].flatMap((document) => piecesOf(document, 6)),
    6,
  );

  const batch = batchOf(rows, { batch: 2, length: 6 });

  assert.deepEqual([...batch.inputIds].map(Number), [1000, 1001, 1002, 2000, 2001, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual([...batch.labels].map(Number), [1001, 1002, 1003, 2001, 2002, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual([...batch.positions].map(Number), [0, 1, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual([...batch.documents], [0, 0, 0, 1, 1, -1, -1, -1, -1, -1, -1, -1]);
  assert.deepEqual([...batch.weights], [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
});

function epoch(mixture: Parameters<typeof trainingRows>[0], rows: number, length = 8, seed = 1) {
  return trainingRows(mixture, length, seed).take(rows).toArray();
}

test('an epoch reads every document once, the next one in another order, and the same seed the same again', () => {
  const documents = Array.from({ length: 20 }, (_, id) => sized(id, 8)); // each fills a row
  const mixture = [{ documents, share: 1 }];
  assert.equal(rowsInEpoch(mixture, 8), 20);

  const rows = epoch(mixture, 40);

  const ids = rows.map(([piece]) => Number(piece!.document.id));
  const [first, second] = [ids.slice(0, 20), ids.slice(20)];
  const byNumber = (a: number, b: number) => a - b;
  assert.deepEqual(first.toSorted(byNumber), [...Array(20).keys()]);
  assert.deepEqual(second.toSorted(byNumber), [...Array(20).keys()]);
  assert.notDeepEqual(first, second);
  assert.deepEqual(epoch(mixture, 40), rows);
  assert.notDeepEqual(epoch(mixture, 40, 8, 2), rows);
});

test('a mixture has its shares, however large its parts are', () => {
  const mine = Array.from({ length: 5 }, (_, id) => sized(id, 8));
  const his = Array.from({ length: 95 }, (_, id) => sized(100 + id, 8));
  const mixture = [
    { documents: mine, share: 3 },
    { documents: his, share: 1 },
  ];

  const rows = epoch(mixture, 1_000);

  const own = rows.filter(([piece]) => mine.includes(piece!.document)).length;
  assert.ok(Math.abs(own - 750) <= 5, `${own} of 1,000 rows`);
});

test('what a model drew is as sharp as its temperature has it, what people wrote beside it is not', () => {
  const tokens = Uint32Array.of(0, 1, 2, 0);
  const of = (id: string, temperature?: number) => ({
    document: { id, tokens, learnFrom: 1, ...(temperature !== undefined && { temperature }) },
    start: 0,
    end: 3,
  });

  const mixed = batchOf([[of('drawn', 0.5), of('written'), of('greedy', 0)]], { batch: 1, length: 10 });
  const written = batchOf([[of('written')]], { batch: 1, length: 10 });

  const sharpness = [...mixed.sharpness!];
  assert.deepEqual(sharpness.slice(0, 6), [2, 2, 2, 1, 1, 1]);
  assert.ok(sharpness.every(Number.isFinite));
  assert.equal(written.sharpness, undefined);
});
