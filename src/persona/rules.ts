/** The persona's own rules: patterns that a text must or must not hold. Run in time linear in the text, whatever the pattern. */
import { RE2JS } from 're2js';

export interface PersonaRules {
  readonly must: readonly string[];
  readonly mustNot: readonly string[];
}

const compiled = new Map<string, RE2JS>();

/**
 * RE2's syntax (github.com/google/re2/wiki/Syntax), whatever the case, `^` and `$` at line ends: no backreference and no
 * lookaround, which is what keeps a pattern from taking forever.
 * @throws where the pattern is none
 */
export function rulePattern(source: string): RE2JS {
  const pattern = compiled.get(source) ?? RE2JS.compile(source, RE2JS.CASE_INSENSITIVE | RE2JS.MULTILINE);
  compiled.set(source, pattern);
  return pattern;
}

export function isRulePattern(source: string): boolean {
  try {
    rulePattern(source);
    return true;
  } catch {
    return false;
  }
}

/** The rule that a text breaks, and what of it; undefined where it keeps all. */
export function brokenRule(text: string, { must, mustNot }: PersonaRules): string | undefined {
  const missing = must.find((source) => !rulePattern(source).matcher(text).find());
  if (missing !== undefined) return `holds nothing that matches /${missing}/`;
  for (const source of mustNot) {
    const matcher = rulePattern(source).matcher(text);
    if (matcher.find()) return `holds "${matcher.group()}", which matches /${source}/`;
  }
  return undefined;
}
