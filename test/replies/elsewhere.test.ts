import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Turn } from '../../src/corpus/document.ts';
import { elsewhere } from '../../src/replies/elsewhere.ts';

const answered = (text: string, by: Turn['by'] = 'another') => ({ context: [{ by, text }] });

test('threads from all over a corpus stand for what is not answered here', () => {
  const documents = Array.from({ length: 9 }, (_, index) => answered(`Question ${index}?`));

  assert.deepEqual(
    elsewhere(documents),
    [1, 4, 7].map((index) => documents[index]!.context),
  );
});

test('what answers nobody is no thread, and where there is none a turn says nothing', () => {
  assert.deepEqual(elsewhere([{}, answered('I said.', 'me'), answered('You said?')]), [answered('You said?').context]);
  assert.deepEqual(elsewhere([{}, { context: [] }]), [[{ by: 'another', text: '…' }]]);
});
