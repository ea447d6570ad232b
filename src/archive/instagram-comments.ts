/** Which field of Instagram's comments names somebody, and which says something: both are named in the account's language. */
import { z } from 'zod';
import type { Entry } from './format.ts';
import { fromSeconds } from './instant.ts';
import { text } from './loose-fields.ts';
import { withoutMojibakeIn } from './mojibake.ts';
import { findJson, headOf } from './read-json.ts';

const USER_NAME = /^[a-z0-9._]{1,30}$/;
/** In a user name, and in no word. */
const MARK = /[\d_]|\.(?=.)/;

export function isUserName(value: string): boolean {
  return USER_NAME.test(value);
}

export const stringMap = z.record(
  z.string(),
  z.object({ value: text, timestamp: z.unknown().optional() }).catch({ value: '' }),
);
export type StringMap = z.output<typeof stringMap>;

/** Of each file: what is certain is certain of some thousands of comments. */
const ENOUGH = 5000;
const FIELDS = ['string_map_data', '[].string_map_data', '*[].string_map_data'];

/**
 * The name of the field with whose picture it is; undefined where comments have one field alone. One comment does not tell
 * "wow" from somebody called so, all together do: a name is in every value, names have marks, the owner is among them, and
 * the same friends come again.
 */
export async function fieldOfNames(entries: readonly Entry[], owner: string | undefined): Promise<string | undefined> {
  const values = new Map<string, string[]>();
  for (const entry of entries) {
    if (!(await headOf(entry, 1 << 14)).includes('"string_map_data"')) continue;
    let count = 0;
    for await (const { value } of findJson(entry, FIELDS)) {
      for (const [label, field] of Object.entries(stringMap.safeParse(withoutMojibakeIn(value)).data ?? {})) {
        const said = field.value.trim();
        // The time is a field without words.
        if (said === '' && fromSeconds(field.timestamp) !== null) continue;
        const all = values.get(label) ?? [];
        if (said !== '') all.push(said);
        values.set(label, all);
      }
      if (++count >= ENOUGH) break;
    }
  }
  const fields = [...values].map(([label, said]) => ({ label, ...signsOf(said, owner) }));
  if (fields.length < 2) return undefined;
  // Instagram writes the comment first: where nothing else tells, the last is the name.
  const [first] = fields
    .toReversed()
    .sort((a, b) => b.names - a.names || b.isOwners - a.isOwners || b.marks - a.marks || a.different - b.different);
  return first && first.names > 0.5 ? first.label : undefined;
}

/** How much speaks for names, the strongest first; shares of the values. */
function signsOf(values: readonly string[], owner: string | undefined) {
  const share = (count: number) => count / Math.max(1, values.length);
  return {
    names: share(values.filter(isUserName).length),
    isOwners: owner !== undefined && values.includes(owner) ? 1 : 0,
    marks: share(values.filter((value) => isUserName(value) && MARK.test(value)).length),
    different: share(new Set(values).size),
  };
}
