import path from 'node:path';
import { readCorpus } from '../corpus/read-corpus.ts';
import { home } from '../environment.ts';
import { UserError } from '../errors.ts';
import { readModelFolder } from '../model/model-folder.ts';
import { loadPersona, loadPersonas } from '../persona/load-persona.ts';

interface Finding {
  readonly name: string;
  readonly ok: boolean;
  /** What is in order, or what is wrong. */
  readonly text: string;
  readonly hint: string | undefined;
  readonly prompts?: number;
  readonly documents?: number;
}

/** `eidolon persona check`: exit code 1 where anything is wrong. */
export function checkPersonas(only: string | undefined, json: boolean): void {
  const root = home();
  const { personas, broken } = loadPersonas(root);
  const names = only === undefined ? [...personas, ...broken].map(({ name }) => name).sort() : [only];
  if (names.length === 0) throw new UserError('No personas to check', { hint: 'Make one: eidolon persona new' });
  const findings = names.map((name) => examine(root, name));
  if (findings.some(({ ok }) => !ok)) process.exitCode = 1;

  console.log(json ? JSON.stringify(findings) : findings.map(report).join('\n'));
}

function report({ name, ok, text, hint }: Finding): string {
  return `${ok ? 'ok   ' : 'wrong'}  ${name}: ${text}${hint === undefined ? '' : `\n       ${hint}`}`;
}

function examine(root: string, name: string): Finding {
  try {
    const persona = loadPersona(path.join(root, 'personas', name));
    readModelFolder(path.join(root, 'models', persona.model));
    const documents = persona.corpusFile === undefined ? 0 : readCorpus(persona.corpusFile).length;
    const prompts = persona.prompts.length;
    const text = `${persona.model}, ${prompts} openings, ${documents} texts, to ${persona.account.network}`;
    return { name, ok: true, text, hint: undefined, prompts, documents };
  } catch (error) {
    if (error instanceof UserError) return { name, ok: false, text: error.message, hint: error.hint };
    throw error;
  }
}
