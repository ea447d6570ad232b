/** Whether a text copies others, by passages word for word or by saying nearly the same. */
import { NearIndex, type NearIndexParts } from '../corpus/near-index.ts';
import { CopyIndex, type CopyIndexParts, normalise } from './copy-index.ts';

export interface Copies {
  readonly passages: CopyIndex;
  readonly near: NearIndex;
}

export function copiesOf(texts: readonly string[]): Copies {
  const passages = new CopyIndex(texts);
  return { passages, near: new NearIndex(texts.map(normalise), (index) => passages.textAt(index)) };
}

/** As they were kept on disk. */
export function copiesFrom({
  passages: parts,
  near,
}: {
  readonly passages: CopyIndexParts;
  readonly near: NearIndexParts;
}): Copies {
  const passages = new CopyIndex(parts);
  return { passages, near: new NearIndex(near, (index) => passages.textAt(index)) };
}
