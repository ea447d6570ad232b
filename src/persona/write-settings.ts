/** Changes a persona.yaml that its owner wrote: whatever else stands there, comments too, stays as it is. */
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isMap, isNode, isScalar, parseDocument } from 'yaml';
import { UserError } from '../errors.ts';
import { expectation, explainIssues } from './explain-issue.ts';
import { SETTINGS_FILE } from './load-persona.ts';
import { settingsSchema } from './settings.ts';

/** Writes the whole file or nothing of it. @throws UserError when it would no longer be a persona's. */
export function writeSettings(folder: string, text: string): void {
  const file = path.join(folder, SETTINGS_FILE);
  const parsed = settingsSchema.safeParse(parseDocument(text).toJS(), { error: expectation });
  if (!parsed.success) {
    const { message, hint } = explainIssues(parsed.error.issues, parseDocument(text).toJS());
    throw new UserError(`${file}: ${message}`, { hint });
  }
  const draft = path.join(folder, `.${SETTINGS_FILE}.${process.pid}.new`);
  const descriptor = openSync(draft, 'w', 0o644);
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, file);
}

/** The text of a persona.yaml in which a setting has another value: `['model']`, or one within another, `['sampling', 'topP']`. */
export function withSetting(text: string, [section, key]: readonly [string, string?], value: string | number): string {
  const document = parseDocument(text);
  const ended = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  const node = document.get(section, true);
  if (key === undefined) {
    return isScalar(node) ? spliced(text, node.range!, String(value)) : `${ended}${section}: ${value}\n`;
  }
  if (!isMap(node) || node.items.length === 0) return `${ended}${section}: { ${key}: ${value} }\n`;
  const present = node.get(key, true);
  if (isScalar(present)) return spliced(text, present.range!, String(value));

  const first = node.items[0]!.key;
  if (!isNode(first)) throw new Error('A key of a map that was read has a place');
  const at = first.range![0];
  const indent = ' '.repeat(at - (text.lastIndexOf('\n', at) + 1));
  const pair = node.flow ? `${key}: ${value}, ` : `${key}: ${value}\n${indent}`;
  return text.slice(0, at) + pair + text.slice(at);
}

function spliced(text: string, [start, end]: readonly [number, number, number], value: string): string {
  return text.slice(0, start) + value + text.slice(end);
}
