import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { home } from '../environment.ts';
import { UserError } from '../errors.ts';
import { folderNamed, modelOf } from '../learning/adapter/model-of.ts';
import { voiceSamples } from '../learning/adapter/voice-samples.ts';
import {
  bestCell,
  blindOrder,
  type Cell,
  cellsOf,
  type GridText,
  gridTable,
  samplingIn,
  type Verdict,
} from '../learning/experiment-grid.ts';
import { ruleOf } from '../learning/simulated-judge.ts';
import { modelHash } from '../model/model-hash.ts';
import { loadPersona, SETTINGS_FILE } from '../persona/load-persona.ts';
import type { Persona } from '../persona/persona.ts';
import { withSetting, writeSettings } from '../persona/write-settings.ts';
import type { GridFlags } from './experiment.ts';
import { judgeAtKeyboard } from './judge-texts.ts';
import { table } from './table.ts';
import { refuseWithoutTerminal } from './terminal.ts';
import { withStore } from './with-store.ts';

type Table = ReturnType<typeof gridTable>;

/** `eidolon experiment grid` */
export async function experimentGrid(name: string, flags: GridFlags): Promise<void> {
  const root = home();
  const persona = loadPersona(path.join(root, 'personas', name));
  const rule = flags.judge === undefined ? undefined : ruleOf(flags.judge);
  const present = await withStore((store) => modelOf(root, store, persona));
  const models = flags.models ?? [present.name];
  const cells = cellsOf(
    models,
    flags.temperatures ?? [persona.sampling.temperature],
    flags.topP ?? [persona.sampling.topP],
  );
  const folders = models.map((model) => folderOf(root, name, model));
  const hashes = await Promise.all(folders.map(modelHash));
  const plan = { persona: name, cells, hashes, count: flags.count, seed: flags.seed, sampling: persona.sampling };
  const key = createHash('sha256')
    .update(JSON.stringify([plan, persona.prompts]))
    .digest('hex')
    .slice(0, 12);
  const folder = path.join(root, 'data', 'experiments', 'grid', name, key);
  const judges = path.join(folder, `${(flags.judge ?? 'owner').replaceAll(/[^a-z0-9]+/gi, '-')}.verdicts.jsonl`);

  const texts = await gridTexts(folder, persona, { cells, models, folders, flags });
  const verdicts = readLines<Verdict>(judges);
  const add = (verdict: Verdict) => {
    appendFileSync(judges, `${JSON.stringify(verdict)}\n`);
    verdicts.push(verdict);
  };
  const judged = () => new Set(verdicts.map(({ id }) => id));
  if (rule) {
    for (const text of texts) {
      if (!judged().has(text.id)) add({ id: text.id, approved: rule(text.text.slice(text.prompt.length).trim()) });
    }
  } else if (judged().size < texts.length) {
    refuseWithoutTerminal('eidolon experiment grid', 'eidolon experiment grid --judge simulated:RULE');
    await judgeAtKeyboard(texts, judged(), add);
  }
  const result = gridTable(cells, texts, verdicts);
  const best = bestCell(result.rows);
  if (flags.json) console.log(JSON.stringify({ judge: flags.judge ?? 'owner', best, ...result }));
  else console.log(drawn(result, best, flags.judge));
  if (flags.apply) apply(root, persona, result, best);
}

function folderOf(root: string, persona: string, model: string): string {
  const asPath = path.resolve(root, model);
  return model.includes('/') && existsSync(asPath) ? asPath : folderNamed(root, persona, model);
}

interface Writing {
  readonly cells: readonly Cell[];
  readonly models: readonly string[];
  readonly folders: readonly string[];
  readonly flags: GridFlags;
}

/** Written once, cell by cell, so that a stop loses one cell at most; then shuffled for good. */
async function gridTexts(folder: string, persona: Persona, { cells, models, folders, flags }: Writing) {
  mkdirSync(folder, { recursive: true });
  const shown = path.join(folder, 'texts.jsonl');
  if (!existsSync(shown)) {
    const written = [];
    for (const [index, cell] of cells.entries()) {
      const file = path.join(folder, `cell-${index}.jsonl`);
      if (!existsSync(file)) {
        console.error(`Writes ${index + 1} of ${cells.length}: ${titleOf(cell)}`);
        const model = folders[models.indexOf(cell.model)]!;
        const sampling = samplingIn(persona.sampling, cell);
        const samples = await voiceSamples(model, { ...persona, sampling }, { count: flags.count, seed: flags.seed });
        writeLines(
          file,
          samples.map(({ prompt, text }) => ({ prompt, text })),
        );
      }
      written.push(readLines<{ readonly prompt: string; readonly text: string }>(file));
    }
    writeLines(shown, blindOrder(written, flags.seed));
  }
  return readLines<GridText>(shown);
}

function writeLines(file: string, lines: readonly object[]): void {
  writeFileSync(`${file}.unfinished`, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  renameSync(`${file}.unfinished`, file);
}

/** A kill may have cut the last line: it is judged again. */
function readLines<Line>(file: string): Line[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line): Line => JSON.parse(line));
}

const titleOf = ({ model, temperature, topP }: Cell) => `${model} at temperature ${temperature}, top-p ${topP}`;

function drawn({ rows, differences, judged, of }: Table, best: number, judge: string | undefined): string {
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  const lines = rows.map(({ model, temperature, topP, acceptance, betterThan }, index) => [
    `${index + 1}`,
    model,
    String(temperature),
    String(topP),
    `${acceptance.count} of ${acceptance.of}`,
    acceptance.value === null ? '–' : percent(acceptance.value),
    `${percent(acceptance.low)} to ${percent(acceptance.high)}`,
    betterThan.length > 0 ? betterThan.map((other) => other + 1).join(', ') : '–',
  ]);
  const heading = ['', 'MODEL', 'TEMPERATURE', 'TOP-P', 'ACCEPTED', '', '95 % (WILSON)', 'REALLY BETTER THAN'];
  const smallest = differences[0];
  return [
    table([heading, ...lines]),
    '',
    `${judged} of ${of} texts judged${judge ? ` by a fixed rule, ${judge}` : ', blind'}. Highest: ${best + 1}.`,
    smallest
      ? `Real are differences that Fisher's exact test finds at 5 % over all pairs together (Holm); the surest has p = ${smallest.p.toPrecision(2)}.`
      : "No difference is real: Fisher's exact test finds none at 5 % over all pairs together (Holm). More texts a cell tell smaller ones.",
  ].join('\n');
}

function apply(root: string, persona: Persona, { rows, differences, judged, of }: Table, best: number): void {
  if (judged < of) {
    throw new UserError(`Expected every text to be judged before a cell is applied, found ${judged} of ${of}`, {
      hint: 'The same command goes on where you left',
    });
  }
  const { model, temperature, topP } = rows[best]!;
  const isPlain = existsSync(path.join(root, 'models', model)) && !model.includes('/');
  const file = path.join(persona.folder, SETTINGS_FILE);
  let text = withSetting(readFileSync(file, 'utf8'), ['sampling', 'temperature'], temperature);
  text = withSetting(text, ['sampling', 'topP'], topP);
  if (isPlain) text = withSetting(text, ['model'], model);
  writeSettings(persona.folder, text);
  const sure = differences.some(({ better }) => better === best) ? '' : ', though none of the others is really worse';
  const other = isPlain ? '' : `; ${model} is no folder under models/, so the model stays`;
  console.error(`${file} has ${titleOf(rows[best]!)}${other}${sure}`);
}
