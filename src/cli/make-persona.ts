import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { readCorpus } from '../corpus/read-corpus.ts';
import { home } from '../environment.ts';
import { UserError } from '../errors.ts';
import { checkAnswers, newPersona } from '../persona/new-persona.ts';
import { type AnswerTexts, askForPersona } from './ask-persona.ts';

export interface NewFlags {
  readonly model?: string;
  readonly language?: string;
  readonly timezone?: string;
  readonly corpus?: string;
  readonly json?: boolean;
}

/** `eidolon persona new`: from flags alone, or asking for the rest where a person is there to answer. */
export async function makePersona(name: string | undefined, flags: NewFlags, command: Command): Promise<void> {
  const root = home();
  const { model, language, timezone, corpus: corpusFile } = flags;
  const given = Object.fromEntries(
    Object.entries({ name, model, language, timezone, corpusFile }).filter(([, value]) => value !== undefined),
  );
  const usual = usualAnswers(root);
  const canAsk = process.stdin.isTTY && !flags.json && name === undefined;
  if (!canAsk && name === undefined) command.error('error: missing argument: name', { exitCode: 2 });

  const complaint = (answers: AnswerTexts) => complaintAbout(root, answers);
  const answers = canAsk ? await askForPersona({ given, usual, complaint }) : { ...usual, ...given };
  const documents = answers.corpusFile === '' ? 0 : readCorpus(answers.corpusFile).length;
  const folder = newPersona(root, { ...answers, corpusFile: answers.corpusFile || undefined });

  if (flags.json) console.log(JSON.stringify({ name: answers.name, folder, documents }));
  else console.log(whatNext(answers, folder, documents, existsSync(path.join(root, 'models', answers.model))));
}

function usualAnswers(root: string): AnswerTexts {
  const models = path.join(root, 'models');
  const names = existsSync(models)
    ? readdirSync(models, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    : [];
  const [only] = names.length === 1 ? names : [];
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return { name: '', model: only?.name ?? 'starter', language: 'en', timezone: timeZone, corpusFile: '' };
}

function complaintAbout(root: string, answers: AnswerTexts): string | undefined {
  try {
    checkAnswers({ ...answers, name: answers.name || 'unnamed' });
    if (answers.name === '') return 'name: expected one, found nothing';
    if (existsSync(path.join(root, 'personas', answers.name))) return `${answers.name} is there already`;
    if (answers.corpusFile !== '') readCorpus(answers.corpusFile);
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

function whatNext({ name, model }: AnswerTexts, folder: string, documents: number, hasModel: boolean): string {
  const steps = [
    ['eidolon start', 'write drafts for it; a daemon that is running has taken it up'],
    [`eidolon review ${name}`, 'decide what is posted'],
  ];
  if (documents > 0) steps.unshift([`eidolon train ${name}`, `teach a model its ${documents} texts`]);
  const width = Math.max(...steps.map(([command = '']) => command.length));
  return [
    `Made ${folder}.`,
    hasModel ? undefined : `It has no model yet: put a GPT-2 into models/${model}, or name another in persona.yaml.`,
    documents > 0
      ? undefined
      : `It has no texts of its own: make them of the exports of your accounts (eidolon archive add ${name} FILES, then eidolon corpus build ${name}), or write some to corpus.txt beside its persona.yaml, and name it there.`,
    'Next:',
    ...steps.map(([command = '', why]) => `  ${command.padEnd(width)}  ${why}`),
  ]
    .filter((line) => line !== undefined)
    .join('\n');
}
