/** htmlparser2, except that it gives up on markup nested beyond reason: no author does that, and there it becomes slow. */
import { type Handler, Parser, type ParserOptions } from 'htmlparser2';

const DEEPEST = 1000;

/** Whether `source` was parsed to its end. */
export function parseMarkup(source: string, handler: Partial<Handler>, options: ParserOptions = {}): boolean {
  const parsed = unlessTooDeep(() => {
    shallowParser(handler, options).end(source);
    return true;
  });
  return parsed ?? false;
}

/** For what is written piece by piece, within `unlessTooDeep`. */
export function shallowParser({ onopentag, onclosetag, ...rest }: Partial<Handler>, options: ParserOptions): Parser {
  let depth = 0;
  return new Parser(
    {
      ...rest,
      onopentag(name, attributes, isImplied) {
        if (++depth > DEEPEST) throw new TooDeep();
        onopentag?.(name, attributes, isImplied);
      },
      onclosetag(name, isImplied) {
        depth--;
        onclosetag?.(name, isImplied);
      },
    },
    options,
  );
}

export function unlessTooDeep<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof TooDeep) return undefined;
    throw error;
  }
}

class TooDeep extends Error {}
