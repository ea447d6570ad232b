/** How far a build is: one line that is drawn over on a terminal, a line now and then elsewhere. */
import type { Progress } from '../corpus/build-corpora.ts';
import { clock, seldomLine } from './progress-line.ts';

/** `mine: 76,500 of 387,579 posts cleaned, 5,100 a second, 1:01 left` */
export function cleaningLine(
  corpus: string,
  { cleaned, of, isComparing }: Progress,
  /** Since the corpus was begun. */
  milliseconds: number,
): string {
  const [done, all] = [cleaned, Math.max(cleaned, of)].map((count) => count.toLocaleString('en'));
  if (isComparing) return `${corpus}: ${all} posts cleaned; repeats are looked for`;
  const rate = cleaned / Math.max(1, milliseconds); // posts a millisecond
  const pace =
    rate > 0 && milliseconds > 2000
      ? `, ${Math.round(rate * 1000).toLocaleString('en')} a second, ${clock(Math.max(0, of - cleaned) / rate)} left`
      : '';
  return `${corpus}: ${done} of ${all} posts cleaned${pace}`;
}

export function cleaningOn(stream: NodeJS.WriteStream) {
  let present: { readonly corpus: string; readonly start: number } | undefined;
  const { tell, clear } = seldomLine(stream);
  return {
    report(corpus: string, progress: Progress): void {
      if (present?.corpus !== corpus) present = { corpus, start: performance.now() };
      const { start } = present;
      tell(() => cleaningLine(corpus, progress, performance.now() - start), { isLast: progress.isComparing });
    },
    clear,
  };
}
