/** One batch of candidates: found by the persona's skills, tidied, measured and judged. Nothing is stored and nothing chosen yet. */

import type { Turn } from '../../corpus/document.ts';
import type { ModelHost, WritingModel } from '../../host/host-calls.ts';
import { askedFor } from '../../host/host-calls.ts';
import { modelOf, type SpokenModel } from '../../learning/adapter/model-of.ts';
import type { Persona } from '../../persona/persona.ts';
import type { SkillName } from '../../persona/reply-skills.ts';
import type { NewCandidate } from '../../queue/candidate.ts';
import type { Round, RoundRequest } from '../../queue/create-draft.ts';
import { elsewhere } from '../../replies/elsewhere.ts';
import type { FoundReply } from '../../replies/reply-skill.ts';
import { skillContext } from '../../replies/skill-context.ts';
import type { JudgeContext } from '../../scoring/candidate.ts';
import { judge } from '../../scoring/judge.ts';
import type { Store } from '../../store/store.ts';
import { type MeasuredText, measureTexts } from './measure-texts.ts';
import { relevanceOf } from './relevance-of.ts';
import { replySkill, type SkillsAsked } from './reply-skills.ts';

export interface Writing {
  readonly store: Store;
  readonly persona: Persona;
  readonly host: ModelHost;
  readonly home: string;
  /** Who writes it, where that is not what the persona speaks with today. */
  readonly voice?: SpokenModel | undefined;
  /** How an answer is found, where that is not as persona.yaml says. */
  readonly skills?: readonly SkillName[] | undefined;
  readonly signal?: AbortSignal;
}

/** Not offered to anyone so far; its score is its prior. */
export interface Judged extends NewCandidate {
  readonly passed: boolean;
  readonly prior: number;
}

export interface Written {
  readonly round: Round;
  readonly judged: readonly Judged[];
}

export async function writeCandidates(
  { store, persona, host: anybodys, home, voice, skills, signal }: Writing,
  request: RoundRequest,
  context: JudgeContext,
): Promise<Written> {
  const { address = '', context: turns } = request;
  const maxCharacters = persona.length.max - [...address].length;
  const { name, folder } = voice ?? (await modelOf(home, store, persona));
  const host = askedFor(turns ? 'reply' : 'post', anybodys);
  let used: WritingModel | undefined;
  const asked: SkillsAsked = {
    store,
    persona,
    host,
    folder,
    request: { ...request, maxCharacters },
    signal,
    onModel: (model) => {
      used = model;
    },
  };
  const found = await findBy(turns ? (skills ?? persona.replies.skills) : ['generate'], asked, turns);
  const measuring = { host, persona, home, signal };
  const texts = found.map(({ text }) => text);
  const measured = await measureTexts(measuring, texts);
  const threads = turns && { here: turns, elsewhere: context.elsewhere ?? elsewhere([]) };
  const relevance = threads && (await relevanceOf(measuring, texts, threads));
  const within = { ...context, length: { ...context.length, max: maxCharacters } };
  const judged = found.map((one, index): Judged => {
    const { text, skill, confidence, because } = one;
    const { hidden, underPersona, underBase } = measured[index]!;
    const foundBy = turns && { skill, confidence, because };
    const { logProbabilities, finish } = one.written ?? { logProbabilities: [], finish: 'end-of-text' };
    const judgement = judge(
      {
        text,
        prompt: skill === 'generate' ? request.prompt : '',
        logProbabilities,
        finish,
        underPersona,
        underBase,
        relevance: relevance?.[index],
        found: foundBy,
      },
      skillContext(skill, within),
    );
    return {
      ...recordOf(one, measured[index]!, index),
      text: address + text,
      kept: false,
      ...judgement,
      prior: judgement.score,
      hidden,
      found: foundBy,
    };
  });
  const { hash: modelHash = '', bits, bitsHash } = used ?? {};
  const precision = bits && { bits, bitsHash };
  return { round: { model: name, modelHash, request: { ...request, ...precision } }, judged };
}

type Found = FoundReply & { readonly skill: SkillName };

/** In the order of the skills. */
async function findBy(
  names: readonly SkillName[],
  asked: SkillsAsked,
  turns: readonly Turn[] = [],
): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const skill of new Set(names)) {
    for (const reply of await replySkill(skill, asked).find(turns)) found.push({ ...reply, skill });
  }
  return found;
}

/** What no model wrote has no seed: a number below 0 tells it from the others of its round. */
function recordOf({ text, written }: Found, { underPersona, tokens }: MeasuredText, index: number) {
  if (written === undefined) {
    return { rawText: text, tokens, logProbability: underPersona.mean * tokens, seed: -1 - index };
  }
  const logProbability = written.logProbabilities.reduce((sum, value) => sum + value, 0);
  return { rawText: written.text, tokens: written.tokens, logProbability, seed: written.seed };
}
