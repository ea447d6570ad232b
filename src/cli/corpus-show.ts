import { existsSync } from 'node:fs';
import path from 'node:path';
import { corpusNamed } from '../corpus/corpora.ts';
import { type CorpusFiles, corpusFiles, MINE } from '../corpus/corpus-files.ts';
import { corpusPage } from '../corpus/corpus-page.ts';
import { type CorpusReport, readReport } from '../corpus/corpus-report.ts';
import { describeCorpus } from '../corpus/describe-corpus.ts';
import { readCorpus } from '../corpus/read-corpus.ts';
import { readDropped } from '../corpus/read-dropped.ts';
import { writeLines } from '../corpus/write-documents.ts';
import { home } from '../environment.ts';
import { UserError } from '../errors.ts';
import { loadPersona } from '../persona/load-persona.ts';
import { randomFrom } from '../random.ts';
import { printable } from '../review/printable.ts';
import { corpusLines } from './corpus-lines.ts';
import { textWidth } from './draft-lines.ts';

export interface ShowFlags {
  readonly corpus: string;
  readonly dropped?: true;
  readonly rule?: string;
  readonly seed?: number;
  readonly html?: string;
  readonly json?: true;
}

export async function show(name: string, flags: ShowFlags): Promise<void> {
  const root = home();
  const persona = loadPersona(path.join(root, 'personas', name));
  const files = corpusFiles({ home: root, folder: persona.folder, corpus: flags.corpus });
  if (flags.dropped || flags.rule !== undefined) {
    showDropped(files, readReport(files.report), flags);
    return;
  }

  const { file } = corpusNamed(persona, flags.corpus);
  // Of a file that somebody wrote, the report beside it is not.
  const report = path.resolve(file) === path.resolve(files.documents) ? readReport(files.report) : undefined;
  const repeats = readDropped(files.dropped).flatMap(({ like }) => (like === undefined ? [] : [{ like }]));
  const about = describeCorpus(readCorpus(file), {
    random: randomFrom(flags.seed ?? Date.now()),
    countTokens: await tokenCounter(path.join(root, 'models', persona.model)),
    ...(report && { report, repeats }),
  });
  const title = flags.corpus === MINE ? name : `${name}: ${flags.corpus}`;
  if (flags.html !== undefined) writeLines(flags.html, [corpusPage(title, about)]);
  if (flags.json) console.log(JSON.stringify(about, null, 2));
  else if (flags.html === undefined) console.log(corpusLines(about, textWidth()).join('\n'));
  else console.error(`Written: ${flags.html}`);
}

/** Undefined where the persona's model is not there yet. */
async function tokenCounter(model: string): Promise<((text: string) => number) | undefined> {
  if (!existsSync(path.join(model, 'tokenizer.json'))) return undefined;
  const { loadTokenizer } = await import('../model/tokenizer.ts');
  const tokenizer = loadTokenizer(model);
  return (text) => tokenizer.encode(text).length;
}

function showDropped(
  { dropped: file }: CorpusFiles,
  report: CorpusReport | undefined,
  { rule, json }: ShowFlags,
): void {
  const rules = Object.keys(report?.dropped ?? {});
  if (rule !== undefined && !rules.includes(rule)) {
    throw new UserError(`--rule: expected one of those that left something out, found "${rule}"`, {
      hint: rules.length > 0 ? rules.join(', ') : 'None has: was the corpus built from archives?',
    });
  }
  let count = 0;
  for (const dropped of readDropped(file)) {
    if (rule !== undefined && dropped.rule !== rule) continue;
    count++;
    const text = printable(dropped.text, { oneLine: true });
    const like = dropped.like === undefined ? '' : ` (like ${dropped.like})`;
    console.log(json ? JSON.stringify(dropped) : `${dropped.rule}  ${dropped.id}${like}  ${text}`);
  }
  if (count === 0)
    console.error(
      report === undefined ? 'Nothing was left out: it was not built from archives.' : 'Nothing was left out.',
    );
}
