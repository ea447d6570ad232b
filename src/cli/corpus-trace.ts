/** `eidolon corpus trace`: which texts a step of a training read, and which steps read a text. */
import path from 'node:path';
import { home } from '../environment.ts';
import { UserError } from '../errors.ts';
import { loadPersona } from '../persona/load-persona.ts';
import { printable } from '../review/printable.ts';
import { hasBatches } from '../training/run/batch-log.ts';
import { runIds, runsFolder } from '../training/run/run-folder.ts';
import {
  type Origin,
  type TracedDocument,
  type TracedPiece,
  tracedDocuments,
  tracedStep,
} from '../training/run/trace-documents.ts';
import { table } from './table.ts';

export interface TraceFlags {
  readonly step?: number;
  readonly run?: string;
  readonly json?: true;
}

export function trace(name: string, document: string | undefined, flags: TraceFlags): void {
  const root = home();
  const persona = loadPersona(path.join(root, 'personas', name));
  const runs = runsFolder(root, persona.name);
  const ids = runsOf(runs, persona.name, flags.run);
  if (document !== undefined) tellDocument(runs, ids, document, flags);
  else if (flags.step !== undefined) tellStep(runs, ids.at(-1)!, flags.step, flags);
  else {
    throw new UserError('Expected a document or --step, found neither', {
      hint: `Such as: eidolon corpus trace ${name} --step 12, or: eidolon corpus trace ${name} x:1234`,
    });
  }
}

/** Oldest first. */
function runsOf(runs: string, name: string, wanted: string | undefined): string[] {
  const ids = runIds(runs);
  if (ids.length === 0) {
    throw new UserError(`Expected a training of ${name}'s, found none`, { hint: `Train it: eidolon train ${name}` });
  }
  if (wanted === undefined) return ids;
  if (ids.includes(wanted)) return [wanted];
  throw new UserError(`--run: expected a training of ${name}'s, found "${wanted}"`, { hint: ids.join(', ') });
}

function tellStep(runs: string, run: string, step: number, { json }: TraceFlags): void {
  const folder = path.join(runs, run);
  const pieces = tracedStep(folder, step);
  if (!pieces) {
    throw new UserError(`${run}: expected a step that was made, found ${step}`, {
      hint: hasBatches(folder)
        ? 'They count from 1; losses.jsonl in its folder has them all'
        : 'It is of before the batches of a training were written down: its documents.jsonl says what it read in all',
    });
  }
  if (json) {
    console.log(JSON.stringify({ run, step, documents: pieces }, null, 2));
    return;
  }
  const rows = pieces.map((piece) => [String(piece.row), ...cells(piece), tokens(piece)]);
  const count = pieces.at(-1)?.row ?? 0;
  console.log(
    `Step ${step} of ${run} read ${pieces.length.toLocaleString('en')} ${pieces.length === 1 ? 'text' : 'texts'} in ${count} ${count === 1 ? 'row' : 'rows'}:`,
  );
  console.log(table([['row', 'corpus', 'document', 'archive', 'written', 'tokens'], ...rows]));
}

function tellDocument(runs: string, ids: readonly string[], document: string, { step, json }: TraceFlags): void {
  const found = ids.flatMap((run) => {
    const folder = path.join(runs, run);
    const isWritten = hasBatches(folder);
    return tracedDocuments(folder, document)
      .filter(({ steps }) => step === undefined || steps.includes(step))
      .map((one) => ({ run, ...one, steps: isWritten ? one.steps : null }));
  });
  if (found.length === 0) {
    throw new UserError(`Expected a document that ${ids.join(' or ')} read, found none by "${document}"`, {
      hint: 'Give its id, such as x:1234: corpus show and its examples have them',
    });
  }
  if (json) {
    console.log(JSON.stringify(found, null, 2));
    return;
  }
  const rows = found.map((one) => [one.run, ...cells(one), inWords(one)]);
  console.log(table([['training', 'corpus', 'document', 'archive', 'written', 'steps that read it'], ...rows]));
}

function cells({ corpus, id, archive = '', time = '' }: Origin): string[] {
  return [corpus, id, archive, time.slice(0, 19).replace('T', ' ')].map((cell) => printable(cell, { oneLine: true }));
}

function tokens({ start, end }: TracedPiece): string {
  return start === undefined ? 'all' : `${start} to ${end! - 1}`;
}

function inWords({ part, steps }: Pick<TracedDocument, 'part'> & { readonly steps: readonly number[] | null }): string {
  if (part !== 'train') return `none: it is for ${part === 'test' ? 'the test' : part}`;
  if (steps === null) return 'not written down, as it is of before that was done';
  return steps.length === 0 ? 'none' : steps.join(', ');
}
