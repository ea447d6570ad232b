/** Whether a profile tells its readers that its posts are written by a machine. Errs on the side of asking the owner to look. */
const WORDS =
  /(?<![\p{L}\p{N}])(?:(?:chat)?bots?|robots?|automated|automatic(?:ally)?|automatis\p{L}+|automatizad[oa]s?|(?:machine|computer)[- ]?(?:generated|written)|generated|generates|generative|généré\p{L}*|generiert\p{L}*|generad[oa]s?|generat[oaie]|gerad[oa]s?|gpt(?:-?\d)?|language models?|sprachmodell|mod[eè]les? de langage|modelos? de (?:lenguaje|linguagem)|neural net\p{L}*|бот|нейросет\p{L}*)(?![\p{L}\p{N}])|人工知能|自動生成|ボット|机器人|人工智能/iu;
/** In small letters they are words of several languages. */
const LETTERS = /(?<![\p{L}\p{N}])(?:AI|A\.I\.|KI|IA|ИИ)(?![\p{L}\p{N}])/u;

export function discloses(profile: string): boolean {
  const told = profile.replaceAll(/#?\bno ?bots?\b/gi, ''); // asks others not to answer
  return WORDS.test(told) || LETTERS.test(told);
}

/** An account, a page, an address; a name after "by", or before what it does; the word for who it is. */
const OPERATORS = [
  /(?<![\p{L}\p{N}])@[\p{L}\p{N}_][\p{L}\p{N}_.-]+/u,
  /https?:\/\/\S|\S@[\w-]+\.\w{2,}/iu,
  /(?<!\p{L})(?:by|von|par|por|di|de|van)\s+\p{Lu}/u,
  /\p{Lu}[\p{L}.'’-]*\s+(?:runs|operates|keeps|maintains|made|built)(?!\p{L})/u,
  /(?<!\p{L})(?:owner|operator|maintainer|betreiber(?:in)?|propriétaire|responsable)(?!\p{L})/iu,
];

/** Whether a profile says who runs the account. Errs on the side of asking the owner to look. */
export function saysWhoRunsIt(profile: string): boolean {
  return OPERATORS.some((operator) => operator.test(profile));
}
