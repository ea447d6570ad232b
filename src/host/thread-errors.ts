/** Errors as messages between threads: a structured clone alone would lose their kind and their fields. */
import { UserError, WorldError } from '../errors.ts';

export type PackedError =
  | { readonly kind: 'user'; readonly message: string; readonly hint: string | undefined }
  | {
      readonly kind: 'world';
      readonly message: string;
      readonly retryable: boolean;
      readonly retryAfterMs: number | undefined;
    }
  | { readonly kind: 'aborted'; readonly message: string }
  | { readonly kind: 'bug'; readonly message: string; readonly stack: string | undefined };

export function packError(error: unknown): PackedError {
  if (error instanceof UserError) return { kind: 'user', message: error.message, hint: error.hint };
  if (error instanceof WorldError) {
    const { message, retryable, retryAfterMs } = error;
    return { kind: 'world', message, retryable, retryAfterMs };
  }
  if (!(error instanceof Error)) return { kind: 'bug', message: String(error), stack: undefined };
  if (error.name === 'AbortError') return { kind: 'aborted', message: error.message };
  return { kind: 'bug', message: error.message, stack: error.stack };
}

export function unpackError(packed: PackedError): Error {
  switch (packed.kind) {
    case 'user':
      return new UserError(packed.message, packed.hint === undefined ? {} : { hint: packed.hint });
    case 'world': {
      const { message, retryable, retryAfterMs } = packed;
      return new WorldError(message, { retryable, ...(retryAfterMs !== undefined && { retryAfterMs }) });
    }
    case 'aborted':
      return new DOMException(packed.message, 'AbortError');
    case 'bug': {
      const error = new Error(packed.message);
      if (packed.stack !== undefined) error.stack = packed.stack; // where it happened, not where it arrived
      return error;
    }
  }
}
