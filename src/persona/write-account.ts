/** Puts an account into a persona.yaml that its owner wrote: whatever else stands there, comments too, stays as it is. */
import path from 'node:path';
import { Document, isMap, isNode, parseDocument } from 'yaml';
import { UserError } from '../errors.ts';
import { expectation, explainIssues } from './explain-issue.ts';
import { SETTINGS_FILE } from './load-persona.ts';
import { readText } from './read-text.ts';
import { type AccountSettings, settingsSchema } from './settings.ts';
import { writeSettings } from './write-settings.ts';

/** As it stands in the file: names of variables, never what they hold. */
export type AccountText = Readonly<Record<string, string>> & { readonly network: string };

/** With every default. @throws UserError when no persona.yaml could hold it. */
export function checkAccount(account: object): AccountSettings {
  const input = { name: 'any', model: 'any', account };
  const parsed = settingsSchema.safeParse(input, { error: expectation });
  if (parsed.success) return parsed.data.account;
  const { message, hint } = explainIssues(parsed.error.issues, input);
  throw new UserError(message, { hint });
}

/**
 * Writes `account` into the persona.yaml of `folder`, whole or not at all. Of an account on the same network, what
 * `account` does not name stays: who sees its posts, its budget.
 * @throws UserError when the file would no longer be a persona's.
 */
export function writeAccount(folder: string, account: AccountText): void {
  const file = path.join(folder, SETTINGS_FILE);
  const text = withAccount(readText(file), account);
  writeSettings(folder, text);
}

/** What `eidolon persona new` writes beside an account on this machine, and is not true of any other. */
const OF_LOCAL = /[ \t]*# a timeline on this machine/;

/** The text of a persona.yaml with another account. Only that part of it is written anew. */
export function withAccount(text: string, account: AccountText): string {
  const document = parseDocument(text);
  if (!isMap(document.contents)) throw new Error('A persona.yaml without settings was read as one');
  const before = document.get('account', true);
  const wanted = accountBlock(isNode(before) ? before : undefined, account);
  const pair = document.contents.items.find(({ key }) => isNode(key) && String(key) === 'account');
  if (!pair || !isNode(pair.key) || !isNode(pair.value)) {
    const gap = text === '' || text.endsWith('\n') ? '' : '\n';
    return `${text}${gap}account:${wanted}\n`;
  }
  const start = text.indexOf(':', pair.key.range![1]) + 1;
  const end = start + text.slice(start, pair.value.range![1]).trimEnd().length;
  return text.slice(0, start) + wanted + text.slice(end).replace(OF_LOCAL, '');
}

/** What names a credential: those of another way of logging in are of no more use. */
const VARIABLE = /^[A-Z][A-Z0-9_]*$/;

/** As it stands after `account:`. Comments and settings of an account on the same network stay. */
function accountBlock(before: unknown, account: AccountText): string {
  const block = new Document(account);
  if (isMap(before) && before.get('network') === account.network) {
    before.items = before.items.filter(({ key, value }) => String(key) in account || !VARIABLE.test(String(value)));
    for (const [setting, value] of Object.entries(account)) before.set(setting, value);
    block.contents = before as typeof block.contents;
  }
  const text = block.toString({ lineWidth: 0 }).trimEnd();
  if (isMap(block.contents) && block.contents.flow) return ` ${text}`;
  return `\n${text.replace(/^(?=.)/gm, '  ')}`;
}
