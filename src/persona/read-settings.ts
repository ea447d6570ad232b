import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { UserError } from '../errors.ts';
import { expectation, explainIssues } from './explain-issue.ts';
import { readText } from './read-text.ts';
import { type Settings, settingsSchema } from './settings.ts';

const SECRET_KEY = /(token|secret|password|api_?key)$/i;
const VARIABLE_NAME = /^[A-Z][A-Z0-9_]*$/;

export interface PlacedSettings {
  readonly settings: Settings;
  /** Where a setting stands, as `file:line:column`. */
  readonly placeOf: (path: readonly string[]) => string;
}

/** Reads and checks persona.yaml. Whatever is wrong is one UserError that begins with `file:line:column`. */
export function readSettings(file: string): PlacedSettings {
  const lines = new LineCounter();
  const document = parseDocument(readText(file), { lineCounter: lines, prettyErrors: false });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };

  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    throw new UserError(`${place(problem.pos[0])}: ${problem.message}`, {
      hint: yamlHint(problem.code),
      cause: problem,
    });
  }
  if (document.contents === null) {
    throw new UserError(`${file}:1:1: expected settings, found an empty file`, { hint: 'At least: name and model' });
  }
  refuseLooseAliases(document, place);
  refuseSecrets(document, place);

  const placeOf = (path: readonly PropertyKey[]) => place(offsetOf(document, path));
  const input: unknown = plain(document, file);
  const parsed = settingsSchema.safeParse(input, { error: expectation });
  if (parsed.success) return { settings: parsed.data, placeOf };
  const { path, message, hint } = explainIssues(parsed.error.issues, input);
  throw new UserError(`${placeOf(path)}: ${message}`, { hint });
}

function yamlHint(code: string): string {
  if (code === 'TAB_AS_INDENT') return 'Indent with spaces: YAML forbids tabs there';
  if (code === 'DUPLICATE_KEY') return 'Remove one of the two';
  return 'Check quotes, brackets and indentation near this place; put a text with : or # in it between quotes';
}

function plain(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw new UserError(`${file}:1:1: expected plain settings, found too many aliases`, {
      hint: 'Write the values out instead of & and *',
      cause,
    });
  }
}

function refuseLooseAliases(document: Document.Parsed, place: (offset: number) => string): void {
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return;
      throw new UserError(
        `${place(alias.range?.[0] ?? 0)}: expected a value, found the alias *${alias.source} of nothing`,
        {
          hint: 'Put a text that begins with * between quotes',
        },
      );
    },
  });
}

/** Never quotes what it found: the message may be logged. */
function refuseSecrets(document: Document.Parsed, place: (offset: number) => string): void {
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key) || !isScalar(value) || typeof value.value !== 'string') return;
      if (!SECRET_KEY.test(String(key.value)) || VARIABLE_NAME.test(value.value)) return;
      throw new UserError(
        `${place(value.range?.[0] ?? 0)}: ${key.value} is the NAME of an environment variable, such as AMBROSE_TOKEN; found something else`,
        { hint: 'Put the secret itself in .env; if it stood here, make a new one: this file is not kept secret' },
      );
    },
  });
}

/** Where a setting stands; where it is missing, the place of the settings it belongs to. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number {
  const parent: unknown = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
    if (isScalar(pair?.key)) return pair.key.range?.[0] ?? 0;
  }
  const node: unknown = path.length > 0 ? document.getIn(path, true) : undefined;
  if (isNode(node)) return node.range?.[0] ?? 0;
  return path.length > 0 ? offsetOf(document, path.slice(0, -1)) : 0;
}
