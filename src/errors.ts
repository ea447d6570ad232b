/** The operator can fix it: printed as one line with its hint, exit code 1. Every other error is a bug and keeps its stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly hint: string | undefined;

  constructor(message: string, { hint, cause }: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause });
    this.hint = hint;
  }
}

export interface WorldErrorOptions {
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  /** What its reader may look at, where that is not merely to wait. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** The world refused: a network, a rate limit, a busy host. Retried in one place, else the draft fails with its reason. */
export class WorldError extends Error {
  override readonly name: string = 'WorldError';
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly hint: string | undefined;

  constructor(message: string, { retryable, retryAfterMs, hint, cause }: WorldErrorOptions) {
    super(message, { cause });
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
    this.hint = hint;
  }
}
