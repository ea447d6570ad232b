/** Who wrote how much of a piece, and with which models, in words. */
import { type Segment, sharesOf, type Writer } from './provenance.ts';

const NAMES: Readonly<Record<Writer, string>> = {
  prompt: 'prompt',
  model: 'written by a model',
  person: 'typed by a person',
  edited: 'put in by a person while editing',
};

/** `62 % written by a model (1,234 characters)` */
export function shareLines(segments: readonly Segment[]): string[] {
  return sharesOf(segments).map(({ by, characters, share }) => {
    return `${(share * 100).toFixed(1)} % ${NAMES[by]} (${characters.toLocaleString('en')} characters)`;
  });
}

/** Each set of weights, in the order in which it first wrote. */
export function modelsIn(segments: readonly Segment[]): string[] {
  const models = new Map<string, string>();
  for (const { origin } of segments) if (origin.by === 'model') models.set(origin.hash, origin.model);
  return [...models].map(([hash, name]) => `Model ${name}, SHA-256 ${hash}`);
}
