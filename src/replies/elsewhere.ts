import type { Turn } from '../corpus/document.ts';

/** Each costs reading every candidate once more; three tell true answers from others nearly as well as many. */
const MOST = 3;
/** Where nobody has conversed: a turn that says nothing. */
const NOTHING_SAID: readonly Turn[] = [{ by: 'another', text: '…' }];

/** Threads of a corpus from its beginning, middle and end, by which one sees what could be said anywhere. Each ends with another's turn. */
export function elsewhere(
  documents: readonly { readonly context?: readonly Turn[] | undefined }[],
): readonly (readonly Turn[])[] {
  const threads = documents.flatMap(({ context }) => (context?.at(-1)?.by === 'another' ? [context] : []));
  const count = Math.min(MOST, threads.length);
  if (count === 0) return [NOTHING_SAID];
  return Array.from({ length: count }, (_, index) => threads[Math.floor(((index + 0.5) * threads.length) / count)]!);
}
