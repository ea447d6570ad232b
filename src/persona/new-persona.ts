import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { UserError } from '../errors.ts';
import { expectation, explainIssues } from './explain-issue.ts';
import { SETTINGS_FILE } from './load-persona.ts';
import { settingsSchema } from './settings.ts';

export interface Answers {
  readonly name: string;
  /** A folder under models/. */
  readonly model: string;
  readonly language: string;
  readonly timezone: string;
  /** A file of its texts, to be copied into its folder. */
  readonly corpusFile?: string | undefined;
}

/** Makes `personas/<name>/` and returns its path: whole or not at all, and never in the place of another. */
export function newPersona(home: string, answers: Answers): string {
  checkAnswers(answers);
  const folder = path.join(home, 'personas', answers.name);
  if (existsSync(folder)) {
    throw new UserError(`${folder} is there already`, { hint: 'Choose another name, or change its persona.yaml' });
  }
  mkdirSync(path.dirname(folder), { recursive: true });
  // A daemon that watches personas/ must not see half a persona, and passes over names that begin with a dot.
  const draft = mkdtempSync(path.join(path.dirname(folder), '.new-'));
  try {
    const corpusName = answers.corpusFile && corpusNameOf(answers.corpusFile);
    if (answers.corpusFile && corpusName) copyFileSync(answers.corpusFile, path.join(draft, corpusName));
    const schema = path.join(home, 'schema', 'persona.json');
    writeFileSync(path.join(draft, SETTINGS_FILE), settingsText(answers, corpusName, existsSync(schema)));
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
  return folder;
}

/** Throws a UserError that names the first answer which no persona.yaml could hold. */
export function checkAnswers({ name, model, language, timezone }: Answers): void {
  const input = { name, model, language, schedule: { posts: { timezone } } };
  const parsed = settingsSchema.safeParse(input, { error: expectation });
  if (parsed.success) return;
  const { message, hint } = explainIssues(parsed.error.issues, input);
  throw new UserError(message, { hint });
}

function corpusNameOf(file: string): 'corpus.jsonl' | 'corpus.txt' {
  return file.endsWith('.jsonl') ? 'corpus.jsonl' : 'corpus.txt';
}

function settingsText(answers: Answers, corpusName: string | undefined, hasSchema: boolean): string {
  const value = (text: string) => stringify(text).trimEnd(); // in quotes where YAML would read a number
  const corpus =
    corpusName === undefined
      ? '# corpus: corpus.txt        # its texts, an empty line between them: what it learns from, and must not copy'
      : `corpus: ${corpusName.padEnd(20)}# its texts: what it learns from, and must not copy`;
  return `${hasSchema ? '# yaml-language-server: $schema=../../schema/persona.json\n' : ''}name: ${value(answers.name)}
model: ${value(answers.model).padEnd(20)} # a folder under models/
language: ${value(answers.language)}
account: { network: local } # a timeline on this machine
schedule:
  posts: { every: 4h, jitter: 0.5, between: 08:00-23:00, timezone: ${value(answers.timezone)} }
# prompts: prompts.txt      # openings to write from, one a line; without them: from nothing
${corpus}
sampling: { temperature: 0.9, topP: 0.95, maxTokens: 80 }
quality: { candidates: 8, keep: 5 }
length: { min: 20, max: 500 }
undo: 2m                    # between approval and publishing
review: always
`;
}
