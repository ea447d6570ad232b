import leven from 'leven';
import type { z } from 'zod';
import { knownSettings } from './json-schema.ts';

export interface Explanation {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly hint: string;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  array: 'a list, such as [one, two]',
  object: 'settings',
};

/** What was expected, for the checks whose schema does not say so itself. */
export function expectation(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPE_NAMES[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(value)).join(' or ');
    case 'too_small':
      return `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
    case 'too_big':
      return `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`;
    default:
      return 'something else';
  }
}

/** One line for what a schema refused: which setting, what was expected, what was found, what to do. */
export function explainIssues(issues: readonly z.core.$ZodIssue[], settings: unknown): Explanation {
  const wrongChoice = issues.find(({ code }) => code === 'invalid_value'); // explains the strange keys beside it
  const issue = wrongChoice ?? issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (issue === undefined) throw new Error('A schema refused its input without saying why');
  if (issue.code === 'unrecognized_keys') return explainUnknownKey(issue.path, issue.keys[0] ?? '');

  const setting = issue.path.join('.') || 'persona.yaml';
  const found = describe(valueAt(settings, issue.path));
  return {
    path: issue.path,
    message: `${setting}: expected ${issue.message}, found ${found}`,
    hint: 'schema/persona.json describes every setting',
  };
}

function explainUnknownKey(parent: readonly PropertyKey[], key: string): Explanation {
  const path = [...parent, key];
  const known = knownSettings();
  const siblings = known.filter((setting) => setting.slice(0, -1).join('.') === parent.join('.'));
  const elsewhere = known.find((setting) => setting.at(-1) === key);
  const nearest = siblings
    .map((setting) => ({ setting, distance: leven(String(setting.at(-1)).toLowerCase(), key.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.max(2, key.length / 3))
    .toSorted((a, b) => a.distance - b.distance)[0]?.setting;
  const meant = nearest ?? elsewhere;
  return {
    path,
    message: `${path.join('.')}: unknown setting`,
    hint: meant
      ? `Did you mean ${meant.join('.')}?`
      : `Known here: ${siblings.map((setting) => setting.at(-1)).join(', ')}`,
  };
}

function valueAt(settings: unknown, path: readonly PropertyKey[]): unknown {
  let value = settings;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.getOwnPropertyDescriptor(value, key)?.value;
  }
  return value;
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}
