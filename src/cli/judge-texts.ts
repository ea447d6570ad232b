/** One text at a time, one key each; nothing on the screen says where a text comes from. */
import wrapAnsi from 'wrap-ansi';
import type { GridText, Verdict } from '../learning/experiment-grid.ts';
import { printable } from '../review/printable.ts';
import { openTerminal } from './terminal.ts';

/** Until all are judged or the owner leaves; each verdict is handed on as it is given. u takes the last one of this sitting back. */
export function judgeAtKeyboard(
  texts: readonly GridText[],
  before: ReadonlySet<number>,
  add: (verdict: Verdict) => void,
): Promise<void> {
  const queue = texts.filter(({ id }) => !before.has(id));
  let at = 0;
  return new Promise((resolve) => {
    const terminal = openTerminal({
      onKey({ name }) {
        if (name === 'q' || name === 'ctrl-c') return leave();
        if (name === 'u' && at > 0) at--;
        else if (name === 'y' || name === 'n') add({ id: queue[at++]!.id, approved: name === 'y' });
        if (at === queue.length) leave();
        else draw();
      },
      onResize: () => draw(),
      onEnd: () => leave(),
    });
    function leave(): void {
      terminal.close();
      resolve();
    }
    function draw(): void {
      const { columns, rows } = terminal;
      const text = wrapAnsi(printable(queue[at]!.text), Math.min(columns, 80), { hard: true }).split('\n');
      const done = before.size + at;
      terminal.draw([
        `${done + 1} of ${texts.length}`,
        '',
        ...text.slice(0, rows - 4),
        '',
        'y post it · n do not · u back · q leave',
      ]);
    }
    draw();
  });
}
