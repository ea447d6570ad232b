/** Whether a profile tells its readers that its posts are written by a machine. Errs on the side of asking the owner to look. */
const WORDS =
  /(?<![\p{L}\p{N}])(?:(?:chat)?bots?|robots?|automated|automatic(?:ally)?|automatis\p{L}+|automatizad[oa]s?|(?:machine|computer)[- ]?(?:generated|written)|generated|generates|generative|généré\p{L}*|generiert\p{L}*|generad[oa]s?|generat[oaie]|gerad[oa]s?|gpt(?:-?\d)?|language models?|sprachmodell|mod[eè]les? de langage|modelos? de (?:lenguaje|linguagem)|neural net\p{L}*|бот|нейросет\p{L}*)(?![\p{L}\p{N}])|人工知能|自動生成|ボット|机器人|人工智能/iu;
/** In small letters they are words of several languages. */
const LETTERS = /(?<![\p{L}\p{N}])(?:AI|A\.I\.|KI|IA|ИИ)(?![\p{L}\p{N}])/u;

export function discloses(profile: string): boolean {
  const told = profile.replaceAll(/#?\bno ?bots?\b/gi, ''); // asks others not to answer
  return WORDS.test(told) || LETTERS.test(told);
}
