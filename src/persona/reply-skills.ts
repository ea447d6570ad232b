/** How an answer is found: written by the model, among what the owner once answered, or by a rule of persona.yaml. */
export const REPLY_SKILLS = ['generate', 'retrieve', 'rule'] as const;
export type SkillName = (typeof REPLY_SKILLS)[number];

export interface ReplyRule {
  /** A pattern of RE2 that the newest turn matches. */
  readonly when: string;
  /** What may be said then. */
  readonly say: readonly string[];
  /** 0 to 1. */
  readonly confidence: number;
}
