import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import stringWidth from 'string-width';
import { trainScreen } from '../../src/cli/train-screen.ts';
import { runningTally } from '../../src/cli/train-tally.ts';
import { Terminal } from '../terminal.ts';
import { losses, toldTraining, WILD } from '../training/report/told-training.ts';

const PROGRAM = ['node', 'test/cli/told-progress.ts'] as const;
/** The screen after the first 80 steps. */
const BEGUN = /Written at step 80[\s\S]*Ctrl-C stops it/;
const lines = (screen: string) => screen.trimEnd().split('\n');

test('in a terminal the figures, the curves and the latest sample are drawn over, and what stages did stays above', async () => {
  const terminal = new Terminal(PROGRAM, { columns: 90, rows: 34 });

  const first = await terminal.shows(/step 80 of 240, 33%[\s\S]*Ctrl-C stops it/);
  terminal.kill('SIGUSR2');
  const second = await terminal.shows(/step 161 of 240, stage 2, 67%[\s\S]*Ctrl-C stops it/);
  terminal.kill('SIGUSR2');
  const { exitCode } = await terminal.exit;

  assert.equal(exitCode, 0);
  assert.match(
    first,
    /loss 3\.534, smoothed 3\.487 {3}validation 3\.553 {3}learning rate 1\.6e-4 {3}410 tokens\/s\n3:20 left/,
  );
  assert.match(first, /4\.62┼─+╮[\s\S]*─ smoothed loss {2}─ validation +80\n/);
  assert.match(second, /After stage 1, held-out: books 3\.400, mine 4\.100\n\nambrose/);
  assert.equal(second.match(/ambrose/g)?.length, 1);
  assert.match(
    terminal.screen,
    /best 3\.372 at step 180[\s\S]*Written at step 240, from “The moss”:[\s\S]*\n\nIt ended\.$/m,
  );
  assert.doesNotMatch(terminal.screen, /Ctrl-C|left/);
});

test('a sample is shown and not obeyed', async () => {
  const terminal = new Terminal(PROGRAM, { columns: 110, rows: 34 });

  const screen = await terminal.shows(BEGUN);
  terminal.kill('SIGINT');
  await terminal.exit;

  assert.match(screen, /<\/script><img src=x onerror="alert\(1\)">␀␛\[31m & so on\n {2}It says less about it\./);
});

test('a terminal that becomes narrower and lower keeps the figures, and none of the old lines', async () => {
  const terminal = new Terminal(PROGRAM, { columns: 90, rows: 34 });
  await terminal.shows(BEGUN);

  terminal.resize(48, 34);
  const narrow = await terminal.shows(/\nlearning rate 1\.6e-4 {3}410 tokens\/s {3}3:20 left\n[\s\S]*Ctrl-C stops it/);
  terminal.resize(48, 9);
  const low = await terminal.shows(/memory 2\.1 GB\nCtrl-C stops it/);
  terminal.kill('SIGINT');
  await terminal.exit;

  assert.equal(narrow.match(/ambrose|smoothed \d|Written/g)?.length, 3);
  assert.equal(low.match(/step 80 of 240/g)?.length, 1);
});

test('Ctrl-C leaves the terminal whole: its cursor, its modes, and a line of its own for what comes next', async () => {
  const terminal = new Terminal(['bash', '-c', `${PROGRAM.join(' ')}; stty -a | grep -o ' echo '; echo after`], {
    columns: 90,
    rows: 40,
  });
  await terminal.shows(BEGUN);

  terminal.type('\x03');
  await terminal.exit;

  assert.match(terminal.screen, /\nIt was stopped\.\n echo\nafter\n/);
  assert.equal(terminal.emulator.buffer.active.type, 'normal');
});

test('a training that is killed leaves a line of its own too', async () => {
  const killed = `${PROGRAM.join(' ')} & trap "kill -KILL $!" USR1; wait; wait; echo after`;
  const terminal = new Terminal(['bash', '-c', killed], { columns: 90, rows: 40 });
  await terminal.shows(BEGUN);

  terminal.kill('SIGUSR1');
  await terminal.exit;

  assert.match(terminal.screen, /\nafter\n/);
});

test('NO_COLOR takes the colours, and the curve that only a colour tells apart', async () => {
  const terminal = new Terminal(PROGRAM, { columns: 90, rows: 34, env: { NO_COLOR: '1' } });

  const screen = await terminal.shows(BEGUN);
  terminal.kill('SIGINT');
  await terminal.exit;

  assert.match(screen, /step 1 {2}smoothed loss +80\n/);
  const { active } = terminal.emulator.buffer;
  const cells = lines(screen).flatMap((_, y) => [...Array(90).keys()].map((x) => active.getLine(y)!.getCell(x)!));
  assert.ok(cells.every((cell) => cell.isFgDefault() && !cell.isBold() && !cell.isDim()));
});

test('the screen fits into any terminal', () => {
  const tally = runningTally();
  for (const step of losses()) tally.add(step);
  const [sample] = toldTraining().samples;

  for (let columns = 12; columns <= 200; columns += 7) {
    for (let rows = 2; rows <= 60; rows += 3) {
      const view = { title: `ambrose ${WILD}`, steps: 240, sample, memoryBytes: 2e9 };
      const screen = trainScreen(tally, view, { columns, rows, hasColour: true });

      assert.ok(screen.length < rows, `${screen.length} lines in ${rows} rows`);
      for (const line of screen)
        assert.ok(stringWidth(line) < columns, `${JSON.stringify(line)} in ${columns} columns`);
    }
  }
});

test('a curve is drawn before there is a look, and none before there are two steps', () => {
  const tally = runningTally();
  const size = { columns: 80, rows: 30, hasColour: false };
  const view = { title: 'ambrose', steps: 10, sample: undefined, memoryBytes: 2e9 };
  const step = { stage: 0, tokens: 512, gradientNorm: 1, learningRate: 1e-4 };

  const nothing = trainScreen(tally, view, size);
  tally.add({ ...step, step: 1, loss: 4, seconds: 1 });
  const one = trainScreen(tally, view, size);
  tally.add({ ...step, step: 2, loss: 4, seconds: 2 });
  const two = trainScreen(tally, view, size);

  assert.match(nothing.join('\n'), /step 0 of 10, 0%/);
  assert.doesNotMatch(one.join('\n'), /┤|┼|NaN/);
  assert.match(two.join('\n'), /4\.00[┤┼]/);
});

test('the pace is of this run alone, and the curve of all of them', () => {
  const tally = runningTally();
  const steps = losses();

  for (const step of steps.slice(0, 200)) tally.add(step, 'earlier');
  const before = tally.pace;
  tally.add({ ...steps[200]!, seconds: 1000 });
  tally.add({ ...steps[201]!, seconds: 1002 });

  assert.equal(before, undefined);
  assert.deepEqual(tally.pace, { tokensPerSecond: 256, secondsPerStep: 2 });
  assert.equal(tally.smoothed[0]!.step, 1);
});

test('elsewhere a line tells every look and every ten seconds, in plain text', async () => {
  const program = spawn(process.execPath, PROGRAM.slice(1));
  program.stderr.once('data', () => program.kill('SIGINT'));

  const told = lines(await text(program.stderr));

  assert.equal(told[0], 'Before, held-out: books 4.500, mine 4.600');
  assert.equal(told[1], 'step 0 of 240  validation 4.550  memory 2.1 GB');
  assert.match(
    told[2]!,
    /^step 8 of 240 {2}loss \d\.\d+, smoothed \d\.\d+ {2}validation 4\.550 .* 410 tokens\/s {2}4:50 left/,
  );
  assert.match(told.at(-2)!, /^step 80 wrote: The moss is older than the wall\. <\/script>.*␛\[31m & so on It says/);
  assert.ok(told.every((line) => !line.includes('\x1b')));
});

test('as JSON, every line is an object: the steps as they are, samples and notes by their names', async () => {
  const { trainProgress } = await import('../../src/cli/train-progress.ts');
  const written: string[] = [];
  const stream = { isTTY: true, write: (chunk: string) => written.push(chunk) > 0 };
  const progress = trainProgress(stream as unknown as NodeJS.WriteStream, { title: 'ambrose', steps: 2, json: true });
  const [first] = losses();

  progress.step(first!);
  progress.sample({ step: 0, prompt: '', text: WILD });
  progress.note('Stopped');
  progress.end();

  assert.deepEqual(
    written.map((line) => JSON.parse(line)),
    [first, { sample: { step: 0, prompt: '', text: WILD } }, { note: 'Stopped' }],
  );
});
