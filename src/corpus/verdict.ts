/** Whether a corpus is fit to learn from, with the numbers it is judged by. */

export interface Finding {
  readonly isGood: boolean;
  /** With the numbers. */
  readonly says: string;
  /** What was asked. */
  readonly rule: string;
}

export interface Verdict {
  readonly enough: Finding;
  readonly uniform: Finding;
}

/** Below it, our fine-tunings learned their texts by heart within a few epochs instead of a way of writing. */
const ENOUGH_WORDS = 30_000;
/** So that validation and test have two texts each. */
const ENOUGH_DOCUMENTS = 40;
/** Of the documents whose language is known. */
const MAIN_LANGUAGE = 0.9;
/** A text at the 90th percentile of length against one at the 10th: posts beside essays are two ways of writing. */
const LENGTH_RATIO = 50;

interface Measures {
  readonly documents: number;
  readonly words: number;
  /** The commonest language first; without those that are not known. */
  readonly languages: readonly { readonly name: string; readonly documents: number }[];
  readonly lengths: { readonly shortTenth: number; readonly longTenth: number };
}

export function verdict({ documents, words, languages, lengths }: Measures): Verdict {
  const known = languages.reduce((sum, language) => sum + language.documents, 0);
  const [main] = languages;
  const mainShare = main ? main.documents / known : 1;
  const ratio = lengths.longTenth / Math.max(1, lengths.shortTenth);
  const [oneLanguage, oneLength] = [mainShare >= MAIN_LANGUAGE, ratio <= LENGTH_RATIO];
  return {
    enough: enough({ documents, words }),
    uniform: {
      isGood: oneLanguage && oneLength,
      says: [
        oneLanguage && oneLength ? 'Of one kind' : 'Too mixed',
        `: ${main ? `${Math.round(100 * mainShare)}% ${main.name}` : 'language unknown'}`,
        `, the longest tenth has ${number(oneLength ? ratio : Math.ceil(ratio))} times the words of the shortest tenth`,
        oneLanguage ? '' : `; \`languages: [${main?.name}]\` keeps the main language alone`,
      ].join(''),
      rule: `at least ${100 * MAIN_LANGUAGE}% in one language, and lengths within a factor of ${LENGTH_RATIO}`,
    },
  };
}

/** Whether there is enough of it, whatever it is. */
export function enough({ documents, words }: Pick<Measures, 'documents' | 'words'>): Finding {
  const few = words < ENOUGH_WORDS || documents < ENOUGH_DOCUMENTS;
  return {
    isGood: !few,
    says: `${few ? 'Not enough' : 'Enough'}: ${number(words)} words in ${number(documents)} documents`,
    rule: `at least ${number(ENOUGH_WORDS)} words in ${ENOUGH_DOCUMENTS} documents; with less, a model learns the texts by heart`,
  };
}

function number(value: number): string {
  return Math.round(value).toLocaleString('en');
}
