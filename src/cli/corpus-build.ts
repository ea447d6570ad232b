import path from 'node:path';
import { archivedCorpora, type BuiltCorpus, buildCorpora } from '../corpus/build-corpora.ts';
import { corporaOf, corpusNamed } from '../corpus/corpora.ts';
import { corpusFiles, MINE } from '../corpus/corpus-files.ts';
import { NEAR_DUPLICATE_RULE } from '../corpus/near-duplicates.ts';
import { readCorpus } from '../corpus/read-corpus.ts';
import { splitCorpus } from '../corpus/split-corpus.ts';
import { type TrainingFile, type TrainingFormat, writeTrainingFiles } from '../corpus/write-training-files.ts';
import { loadPersona, SETTINGS_FILE } from '../persona/load-persona.ts';
import type { Persona } from '../persona/persona.ts';
import { cleaningOn } from './cleaning-progress.ts';
import { withStore } from './with-store.ts';

export interface BuildFlags {
  readonly corpus?: string;
  readonly format?: TrainingFormat;
  readonly replace?: boolean;
  readonly json?: true;
}

export async function build(name: string, { corpus, format, replace = false, json }: BuildFlags): Promise<void> {
  await withStore(async (store, home) => {
    const persona = loadPersona(path.join(home, 'personas', name));
    if (format !== undefined && isOnlyWritten(persona, await archivedCorpora(store, persona.name), corpus)) {
      const copies = copyAsItIs(persona, home, corpus, format).map((copy) => relative(copy, home));
      if (json) console.log(JSON.stringify(copies, null, 2));
      else console.log(copies.map(copyInWords).join('\n'));
      return;
    }
    const progress = cleaningOn(process.stderr);
    const corpora = await buildCorpora(store, persona, {
      home,
      corpus,
      format,
      replaces: replace,
      onProgress: progress.report,
    });
    progress.clear();
    const results = corpora.map(({ file, report, copies }) => ({
      file: path.relative(home, file),
      ...report,
      copies: copies.map((copy) => relative(copy, home)),
    }));
    if (json) console.log(JSON.stringify(results, null, 2));
    else console.log(corpora.flatMap((built) => inWords(built, home)).join('\n'));
    const unused = corpora.find(({ report, file }) => report.corpus === MINE && isUnused(persona, file));
    if (unused) console.error(otherTexts(persona, unused.file, home));
    else if (!json) console.error(`See what is in it: eidolon corpus show ${name}`);
  });
}

/** Whether persona.yaml names another file as the persona's texts. */
function isUnused({ corpusFile }: Persona, file: string): boolean {
  return corpusFile !== undefined && path.resolve(corpusFile) !== path.resolve(file);
}

function otherTexts({ name, folder, corpusFile = '' }: Persona, built: string, home: string): string {
  const settings = path.relative(home, path.join(folder, SETTINGS_FILE));
  const [present, wanted] = [corpusFile, built].map((file) => path.relative(folder, file));
  return `${settings} says \`corpus: ${present}\`, so ${name} goes on learning from that one. To learn from the new one, say \`corpus: ${wanted}\` there.`;
}

/** Whether a corpus is there, and there are no archives to build it from. */
function isOnlyWritten(persona: Persona, archived: readonly string[], corpus: string | undefined): boolean {
  const isArchived = corpus === undefined ? archived.length > 0 : archived.includes(corpus);
  return !isArchived && corporaOf(persona).some(({ name }) => name === (corpus ?? MINE));
}

/** A corpus that somebody wrote is not built, but other trainers may have it all the same. */
function copyAsItIs(persona: Persona, home: string, corpus = MINE, format: TrainingFormat): TrainingFile[] {
  const { copies } = corpusFiles({ home, folder: persona.folder, corpus });
  return writeTrainingFiles(copies, splitCorpus(readCorpus(corpusNamed(persona, corpus).file)), format);
}

function inWords({ file, report, copies }: BuiltCorpus, home: string): string[] {
  const number = (count: number) => count.toLocaleString('en');
  const { documents, read, parts, dropped } = report;
  const leftOut = Object.entries(dropped).map(([rule, count]) => `${number(count)} ${rule}`);
  const { train, validation, test } = parts;
  return [
    `${path.relative(home, file)}: ${number(documents)} documents of ${number(read)} texts (${number(train.documents)} to train on, ${number(validation.documents)} for validation, ${number(test.documents)} for the test)`,
    ...(leftOut.length > 0 ? [`  left out: ${leftOut.join(', ')}`] : []),
    ...(dropped['near duplicate'] ? [`  a near duplicate: ${NEAR_DUPLICATE_RULE}`] : []),
    ...copies.map((copy) => `  ${copyInWords(relative(copy, home))}`),
  ];
}

const USE = { train: 'to train on', validation: 'for validation', test: 'for the test' } as const;

function copyInWords({ file, part, documents }: TrainingFile): string {
  return `${file}: ${documents.toLocaleString('en')} ${documents === 1 ? 'text' : 'texts'} ${USE[part]}`;
}

function relative(copy: TrainingFile, home: string): TrainingFile {
  return { ...copy, file: path.relative(home, copy.file) };
}
