/** A fixed rule in the owner's place, for programs and trials. Named as simulated wherever its verdicts are told. */
import { UserError } from '../errors.ts';

/** Whether the rule approves what follows the opening. */
export type Rule = (body: string) => boolean;

const HINT = 'simulated:<80 (shorter than 80 characters after the opening), simulated:>80, or simulated:/pattern/i';

/** @throws UserError where it is no rule. */
export function ruleOf(judge: string): Rule {
  const [, rule = ''] = /^simulated:(.+)$/s.exec(judge) ?? [];
  const [, sign, length] = /^([<>])(\d+)$/.exec(rule) ?? [];
  if (length !== undefined) {
    return sign === '<' ? (body) => body.length < Number(length) : (body) => body.length > Number(length);
  }
  const [, pattern, flags = ''] = /^\/(.+)\/([imsu]*)$/s.exec(rule) ?? [];
  if (pattern === undefined) throw new UserError(`Expected a simulated judge, found ${judge}`, { hint: HINT });
  try {
    const expression = new RegExp(pattern, flags);
    return (body) => expression.test(body);
  } catch (error) {
    throw new UserError(`${judge}: expected a regular expression, found ${(error as Error).message}`, {
      hint: HINT,
      cause: error,
    });
  }
}
