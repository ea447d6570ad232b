import type { SkillName } from '../persona/reply-skills.ts';
import type { JudgeContext } from '../scoring/candidate.ts';
import { CopyIndex } from '../scoring/copy-index.ts';

/**
 * What a reply is judged against, by how it was found: what its owner once answered stands in the corpus, and is only not to
 * be said again; what a rule says are the owner's words as they are to be.
 */
export function skillContext(skill: SkillName, context: JudgeContext): JudgeContext {
  const { archives: _, ...rest } = context;
  switch (skill) {
    case 'generate':
      return context;
    case 'retrieve':
      return {
        ...rest,
        corpus: new CopyIndex([]),
        near: context.near?.filter(({ source }) => source === 'an earlier post'),
      };
    case 'rule':
      return {
        ...rest,
        corpus: new CopyIndex([]),
        earlier: new CopyIndex([]),
        near: [],
        recent: undefined,
        language: undefined,
        rules: undefined,
        length: { ...context.length, min: 1 },
      };
  }
}
