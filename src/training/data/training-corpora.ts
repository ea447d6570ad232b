/** The corpora that a training names, in the parts that it reads, looks at and is measured by. */
import { createHash } from 'node:crypto';
import { corpusNamed, type NamedCorpus } from '../../corpus/corpora.ts';
import { type Document, PARTS, type Part } from '../../corpus/document.ts';
import { readCorpus } from '../../corpus/read-corpus.ts';
import { splitCorpus } from '../../corpus/split-corpus.ts';
import { UserError } from '../../errors.ts';
import type { Persona } from '../../persona/persona.ts';
import type { CorpusFigures } from '../report/training-report.ts';
import { learnedTokens, type TokenDocument } from './token-documents.ts';

export interface Corpus extends NamedCorpus {
  readonly parts: Readonly<Record<Part, readonly Document[]>>;
  readonly tokens: Readonly<Record<Part, readonly TokenDocument[]>>;
}
export type Corpora = ReadonlyMap<string, Corpus>;

/**
 * @param text a file that stands in for every corpus
 * @throws UserError where there is no such corpus, or a part of one would be empty.
 */
export function readCorpora(
  persona: Persona,
  stages: Persona['train']['stages'],
  text: string | undefined,
  tokenise: (document: Document) => TokenDocument,
): Corpora {
  const names = [...new Set(stages.flatMap(({ corpora }) => Object.keys(corpora)))];
  return new Map(
    names.map((name) => {
      const named = text === undefined ? corpusNamed(persona, name) : { name, file: text, owner: [], licence: null };
      const documents = readCorpus(named.file);
      const parts = splitCorpus(documents);
      if (PARTS.some((part) => parts[part].length === 0)) {
        throw new UserError(
          `${named.file}: expected texts enough to learn from, look at and be measured by (some 40), found ${documents.length}`,
          { hint: 'Add texts; below some 30,000 words a persona learns its texts by heart' },
        );
      }
      const tokens = { train: [], validation: [], test: [] } as Record<Part, TokenDocument[]>;
      for (const part of PARTS) tokens[part] = parts[part].map(tokenise);
      return [name, { ...named, parts, tokens }];
    }),
  );
}

const STEP = 64;
const SHORTEST = 128;
/** Share of the documents that are to be read whole. */
const WHOLE = 0.95;

/** Tokens a row: as many as most documents need, for attention costs their square; at most the model's context. */
export function contextLength(corpora: Corpora, positions: number): number {
  const lengths = [...corpora.values()].flatMap(({ tokens }) =>
    tokens.train.map((document) => document.tokens.length - 1),
  );
  const long = lengths.sort((a, b) => a - b)[Math.ceil(WHOLE * lengths.length) - 1] ?? positions;
  return Math.min(positions, Math.max(SHORTEST, Math.ceil(long / STEP) * STEP));
}

/** SHA-256 of every document's tokens, by corpus and part. */
export function hashOf(corpora: Corpora): string {
  const hash = createHash('sha256');
  for (const [name, { tokens }] of corpora) {
    for (const part of PARTS) {
      for (const document of tokens[part]) {
        hash.update(JSON.stringify([name, part, document.id, document.learnFrom, document.tokens.length]));
        hash.update(new Uint8Array(document.tokens.buffer));
      }
    }
  }
  return hash.digest('hex');
}

export function figuresOf(corpora: Corpora): (CorpusFigures & Pick<NamedCorpus, 'owner' | 'licence'>)[] {
  return [...corpora.values()].map(({ name, owner, licence, parts, tokens }) => ({
    name,
    owner,
    licence,
    documents: PARTS.reduce((sum, part) => sum + parts[part].length, 0),
    tokens: PARTS.reduce((sum, part) => sum + learnedTokens(tokens[part]), 0),
    bytes: PARTS.reduce((sum, part) => sum + bytesOf(parts[part]), 0),
  }));
}

function bytesOf(documents: readonly Document[]): number {
  return documents.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
}

/** In the folder of a training. */
export const DOCUMENTS = 'documents.jsonl';

/** What was read, and where it came from: a line a document. */
export function* provenance(corpora: Corpora): Generator<string> {
  for (const [corpus, { parts }] of corpora) {
    for (const part of PARTS) {
      for (const { id, archive, posts, time } of parts[part]) {
        yield `${JSON.stringify({ corpus, part, id, archive, posts, time })}\n`;
      }
    }
  }
}
