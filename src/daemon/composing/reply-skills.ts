/** The skills by which a persona finds answers, as persona.yaml names them. */
import { readCorpus } from '../../corpus/read-corpus.ts';
import { ownTurn } from '../../generation/own-turn.ts';
import { tidy } from '../../generation/tidy.ts';
import type { HostAnswers, ModelHost } from '../../host/host-calls.ts';
import type { Persona } from '../../persona/persona.ts';
import type { SkillName } from '../../persona/reply-skills.ts';
import type { RoundRequest } from '../../queue/create-draft.ts';
import type { ReplySkill } from '../../replies/reply-skill.ts';
import { retrieveSkill } from '../../replies/retrieve-skill.ts';
import { ruleSkill } from '../../replies/rule-skill.ts';
import type { Store } from '../../store/store.ts';

export interface SkillsAsked {
  readonly store: Store;
  readonly persona: Persona;
  readonly host: ModelHost;
  /** The model that writes. */
  readonly folder: string;
  /** All that is asked of the model; its context is what the skills answer. */
  readonly request: RoundRequest;
  readonly signal?: AbortSignal | undefined;
  /** Told which model wrote. */
  readonly onModel?: (model: HostAnswers['generate']['model']) => void;
}

/** One line a skill. */
export function replySkill(name: SkillName, asked: SkillsAsked): ReplySkill {
  const { store, persona } = asked;
  switch (name) {
    case 'generate':
      return generateSkill(asked);
    case 'retrieve':
      return retrieveSkill(persona.corpusFile === undefined ? [] : readCorpus(persona.corpusFile), (id) =>
        wasPublic(store, persona.name, id),
      );
    case 'rule':
      return ruleSkill(persona.replies.rules);
  }
}

function generateSkill({ host, folder, request, signal, onModel }: SkillsAsked): ReplySkill {
  const { allow, address: _, context: __, ...asked } = request;
  return {
    name: 'generate',
    async find(context) {
      const { model, generated } = await host.generate(
        { folder, bits: 'chosen', ...asked, ...(context.length > 0 && { context }) },
        signal,
      );
      onModel?.(model);
      return generated.map((row) => {
        const { text, wasCut } = ownTurn(row.text);
        const finish = wasCut ? 'end-of-text' : row.finish; // it handed the word over
        const nats = row.logProbabilities.reduce((sum, value) => sum + value, 0);
        // The geometric mean of what each of its tokens had for itself.
        const confidence = Math.exp(nats / Math.max(1, row.logProbabilities.length));
        return { text: tidy(text, allow, finish), confidence, written: { ...row, finish } };
      });
    },
  };
}

/** Of an answer that was given in a letter, or among friends, nobody else is told. One that no archive knows was put into the corpus by hand. */
async function wasPublic({ db }: Store, persona: string, id: string): Promise<boolean> {
  const at = id.indexOf(':');
  const post = await db
    .selectFrom('posts')
    .select('visibility')
    .where('persona', '=', persona)
    .where('service', '=', id.slice(0, Math.max(0, at)))
    .where('post_id', '=', id.slice(at + 1))
    .executeTakeFirst();
  return post === undefined || post.visibility === 'public' || post.visibility === 'unlisted';
}
