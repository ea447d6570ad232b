import type { ReplyRule } from '../persona/reply-skills.ts';
import { rulePattern } from '../persona/rules.ts';
import type { ReplySkill } from './reply-skill.ts';

/** What persona.yaml says to such words, in its order; the words are its owner's. */
export function ruleSkill(rules: readonly ReplyRule[]): ReplySkill {
  return {
    name: 'rule',
    find(turns) {
      const newest = turns.at(-1);
      if (newest?.by !== 'another') return [];
      return rules
        .filter(({ when }) => rulePattern(when).matcher(newest.text).find())
        .flatMap(({ when, say, confidence }) => say.map((text) => ({ text, confidence, because: `/${when}/` })));
    },
  };
}
