/** The contract of whatever finds an answer. Adding a way is a name in src/persona/reply-skills.ts, one file here, and one line where skills are made. */
import type { Turn } from '../corpus/document.ts';
import type { Generated } from '../generation/written-row.ts';
import type { SkillName } from '../persona/reply-skills.ts';

export interface ReplySkill {
  readonly name: SkillName;
  /** To the newest of the turns, oldest first. None where it has nothing to say. */
  find(turns: readonly Turn[]): readonly FoundReply[] | Promise<readonly FoundReply[]>;
}

export interface FoundReply {
  readonly text: string;
  /** 0 to 1, by the skill's own measure: what it is worth among others the selector learns. */
  readonly confidence: number;
  /** For the owner: where it is from. */
  readonly because?: string;
  /** Of one that a model wrote just now. */
  readonly written?: Generated;
}
