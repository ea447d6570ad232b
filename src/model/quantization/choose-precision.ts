/**
 * In which of the precisions that are there a request is computed. It depends on the request and on the machine, never on what
 * else is asked: the same seed has to write the same text.
 */
export interface Precision {
  /** Nothing: as the model came. */
  readonly bits?: 8 | 4;
  /** What it takes of the memory. */
  readonly bytes: number;
  /** Tokens a second in this precision over those of the model as it came, both measured on this machine. */
  readonly gain?: { readonly alone: number; readonly eight: number } | undefined;
}

export interface Request {
  /** Texts that are written side by side; nothing where texts are scored. */
  readonly rows?: number | undefined;
  /** What models may take of the memory, without the adapter that is wanted. */
  readonly budgetBytes: number;
}

/** From so many rows on, what was measured with eight counts, and below what was measured with one. */
const MANY_ROWS = 4;
/** Opening a second precision and holding it is not worth less. */
const LEAST_GAIN = 1.1;

/**
 * As the model came, where that fits; in 8 bits where it does not, and in 4 where that does not either. Where both the model
 * and its 8 bits fit together, texts are written in 8 bits if that was measured to be quicker for as many rows; without a
 * measurement of this machine, if there are few, which are bound by memory everywhere. Scores are the model's own.
 */
export function choosePrecision(own: Precision, made: readonly Precision[], request: Request): Precision {
  const { rows, budgetBytes } = request;
  const fits = ({ bytes }: Precision) => bytes <= budgetBytes;
  const eight = made.find(({ bits }) => bits === 8);
  if (!fits(own)) return [eight, ...made].find((one) => one !== undefined && fits(one)) ?? own;
  if (rows === undefined || !eight || own.bytes + eight.bytes > budgetBytes) return own;
  const isMany = rows >= MANY_ROWS;
  const gain = eight.gain?.[isMany ? 'eight' : 'alone'];
  return (gain === undefined ? !isMany : gain >= LEAST_GAIN) ? eight : own;
}
