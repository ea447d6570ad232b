/** What is done to every text of a corpus, in this order. A rule that leaves no words drops the text, and is named for it. */
import type { Post } from '../archive/post.ts';
import type { Persona } from '../persona/persona.ts';
import { personalDataIn, replacePersonalData } from './personal-data.ts';
import { withoutAutomaticPosts } from './rules/automatic-posts.ts';
import { withoutCustomEmoji } from './rules/custom-emoji.ts';
import { withoutEntities } from './rules/entities.ts';
import { withoutHashtags } from './rules/hashtags.ts';
import { htmlText } from './rules/html-text.ts';
import { isWanted, languageOf } from './rules/language.ts';
import { withoutLinks } from './rules/links.ts';
import { markdownText } from './rules/markdown-text.ts';
import { withoutMentions } from './rules/mentions.ts';
import { nameReplacer } from './rules/names.ts';
import { longEnough, mostlyLetters, undamaged, varied } from './rules/quality.ts';
import { withoutSignature } from './rules/signatures.ts';
import { plainUnicode } from './rules/unicode.ts';
import { tidyWhitespace } from './rules/whitespace.ts';
import { unwrapped } from './rules/wrapped-lines.ts';

export type CorpusSettings = Pick<Persona, 'languages' | 'cleaning' | 'privacy' | 'allow'>;

/** What a rule may know of a text beside its words. */
export type About = Partial<Pick<Post, 'title'>> &
  Pick<Post, 'markup' | 'kind'> & { readonly language?: string | undefined };

export interface Rule {
  readonly name: string;
  /** The text as it should be; '' drops it. */
  readonly apply: (text: string, about: About) => string;
  /** Changes nothing, but says whether a text is worth learning from: what somebody answered need not be. */
  readonly judges?: true;
}

/** Stands where personal data stood: it names no kind of thing that a model could learn to write. */
const INSTEAD = '…';

export function rulesFor({ languages, cleaning, privacy, allow }: CorpusSettings): readonly Rule[] {
  const replaceNames = nameReplacer(privacy.names, INSTEAD);
  const kept = (isKept: boolean, rule: Rule['apply']): Rule['apply'] => (isKept ? (text) => text : rule);
  const drops = privacy.personalData === 'drop';
  return [
    { name: 'markup', apply: plainText },
    { name: 'entities', apply: withoutEntities },
    { name: 'unicode', apply: plainUnicode },
    {
      name: 'wrapped lines',
      apply: (text, { kind, markup }) =>
        markup === 'plain' && (kind === 'article' || kind === 'mail') ? unwrapped(text) : text,
    },
    { name: 'damaged', apply: undamaged, judges: true },
    { name: 'automatic post', apply: withoutAutomaticPosts },
    { name: 'signature', apply: (text, { kind }) => withoutSignature(text, kind) },
    { name: 'link', apply: kept(cleaning.links === 'keep', (text) => withoutLinks(text, allow.links)) },
    { name: 'mention', apply: kept(cleaning.mentions === 'keep', (text) => withoutMentions(text, allow.mentions)) },
    { name: 'hashtag', apply: (text) => withoutHashtags(text, cleaning.hashtags, allow.hashtags) },
    { name: 'custom emoji', apply: kept(cleaning.emoji === 'keep', withoutCustomEmoji) },
    {
      name: 'personal data',
      apply: (text) => (drops && personalDataIn(text).length > 0 ? '' : replacePersonalData(text, INSTEAD)),
    },
    {
      name: 'private name',
      apply: (text) => (drops && replaceNames(text) !== text ? '' : replaceNames(text)),
    },
    { name: 'whitespace', apply: tidyWhitespace },
    { name: 'too short', apply: longEnough, judges: true },
    { name: 'mostly signs', apply: mostlyLetters, judges: true },
    { name: 'repetitive', apply: varied, judges: true },
    {
      name: 'other language',
      apply: (text, { language }) =>
        languages.length === 0 || isWanted(languageOf(text, language), languages) ? text : '',
      judges: true,
    },
  ];
}

/** An article begins with its title. */
function plainText(text: string, { markup, title }: About): string {
  const words = markup === 'html' ? htmlText(text) : markup === 'markdown' ? markdownText(text) : text;
  return title === undefined || words.trimStart().startsWith(title) ? words : `${title}\n\n${words}`;
}
