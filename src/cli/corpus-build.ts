import path from 'node:path';
import { type BuiltCorpus, buildCorpora } from '../corpus/build-corpora.ts';
import type { CorpusFormat } from '../corpus/write-documents.ts';
import { loadPersona } from '../persona/load-persona.ts';
import { withStore } from './with-store.ts';

export interface BuildFlags {
  readonly corpus?: string;
  readonly format: CorpusFormat;
  readonly replace?: boolean;
  readonly json?: true;
}

export async function build(name: string, { corpus, format, replace = false, json }: BuildFlags): Promise<void> {
  await withStore(async (store, home) => {
    const persona = loadPersona(path.join(home, 'personas', name));
    const clear = () => void (process.stderr.isTTY && process.stderr.write('\r\x1b[K'));
    const corpora = await buildCorpora(store, persona, {
      home,
      corpus,
      format,
      replaces: replace,
      onProgress: (which, read) => {
        if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${which}: ${read.toLocaleString('en')} texts cleaned`);
      },
    });
    clear();
    const results = corpora.map(({ file, report }) => ({ file: path.relative(home, file), ...report }));
    if (json) console.log(JSON.stringify(results, null, 2));
    else console.log(corpora.flatMap((built) => inWords(built, home)).join('\n'));
    if (!json) console.error(`See what is in it: eidolon corpus show ${name}`);
  });
}

function inWords({ file, report }: BuiltCorpus, home: string): string[] {
  const number = (count: number) => count.toLocaleString('en');
  const { documents, read, parts, dropped } = report;
  const leftOut = Object.entries(dropped).map(([rule, count]) => `${number(count)} ${rule}`);
  const { train, validation, test } = parts;
  return [
    `${path.relative(home, file)}: ${number(documents)} documents of ${number(read)} texts (${number(train.documents)} to train on, ${number(validation.documents)} for validation, ${number(test.documents)} for the test)`,
    ...(leftOut.length > 0 ? [`  left out: ${leftOut.join(', ')}`] : []),
  ];
}
