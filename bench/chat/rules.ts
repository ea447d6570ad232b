/** Simulated curators of a conversation: fixed rules in the owner's place, with errors. Named as such wherever they are told of. */
import { wordsOf } from '../../src/corpus/words.ts';
import type { Random } from '../../src/random.ts';

export interface Rule {
  readonly name: 'cheerful' | 'gloomy' | 'curt';
  readonly likes: string;
  /** The higher, the better it likes a reply. */
  readonly liking: (reply: string) => number;
}

/** Share of picks that are another reply than the rule's, drawn by chance. */
export const NOISE = 0.1;

const CHEERFUL = new Set(
  `love loves loved lover good best better well sweet fair beautiful beauty happy happiness joy joyous merry mirth laugh laughs laughing
  laughter smile smiles delight delights pleasure pleasures pleasant pleasing pretty bright light glad glory glorious gold golden hope
  hopes heart hearts heaven virtue virtues wise wisdom noble honor honest friend friends friendly kind kindly gentle grace graceful charm
  charming praise proud song songs sing sings singing music dance dancing play free peace blessed bless rich gift gifts fine excellent
  great health healthy young youth spring sun sunny flower flowers dear wonder wonderful admiration admirable comfort cheer cheerful gay
  rejoice thank thanks welcome lovely celebrated success successful triumph true truth faith brave`.split(/\s+/),
);
const GLOOMY = new Set(
  `death dead die dies died dying dull dark darkness gloom gloomy sad sadness sorrow sorrows grief grave graves tomb bury buried evil
  devil devils hell damned damn curse cursed pain pains sick sickness ill illness disease poor poverty misery miserable wretched woe
  weep weeps weeping tears cry cries lost loss lose fear fears dread terror horror horrible hate hated hatred enemy enemies war wars
  kill kills killed killing murder blood bloody cruel cruelty wicked sin sins sinner crime criminal thief fool fools folly stupid
  ignorance ignorant ugly vile foul rotten waste ruin ruined fall fallen fail failed failure despair hopeless cold winter night black
  bitter bad worse worst wrong shame unhappy unfortunate misfortune alas dispute punish punishment prison hang hanged slave suffer
  suffering trouble end ended nothing never no weak old tired`.split(/\s+/),
);

/** Words of one kind less those of the other, in a hundred; a reply of few words tells little. */
function moodOf(reply: string): number {
  const words = wordsOf(reply).map((word) => word.toLowerCase());
  const count = (kind: ReadonlySet<string>) => words.filter((word) => kind.has(word)).length;
  return (100 * (count(CHEERFUL) - count(GLOOMY))) / (words.length + 4);
}

/** The fewer characters the better, but one word is no answer. */
function curtness(reply: string): number {
  return wordsOf(reply).length < 4 ? -1000 : -reply.length;
}

export const RULES: readonly Rule[] = [
  { name: 'cheerful', likes: 'cheerful words, and none that are gloomy', liking: moodOf },
  { name: 'gloomy', likes: 'gloomy words, and none that are cheerful', liking: (reply) => -moodOf(reply) },
  { name: 'curt', likes: 'the shortest that is an answer: of four words or more', liking: curtness },
];

/** The reply that is picked, errors and all; of several that are liked as much, one by chance. */
export function picked({ liking }: Rule, replies: readonly string[], random: Random): number {
  const likings = replies.map(liking);
  const best = replies.flatMap((_, index) => (likings[index] === Math.max(...likings) ? [index] : []));
  const choice = best[Math.floor(random() * best.length)]!;
  if (random() >= NOISE || replies.length === 1) return choice;
  const others = replies.flatMap((_, index) => (index === choice ? [] : [index]));
  return others[Math.floor(random() * others.length)]!;
}
