/** Whether somebody asks not to be answered any more. Knows nothing of who they are. */

/** Joined by spaces, without signs, in small letters: a message that says nothing else. */
const WHOLE = new RegExp(
  `^(?:${[
    '(?:(?:please|pls|plz|ok|okay|hey|bot|just|you|can|could) )*(?:stop|stopp|unsubscribe|opt ?out|fuck off|go away|leave me alone|leave us alone|shut up|arrête|arrêtez|basta|hör auf|aufhören|abmelden|para|pare|désabonner|désabonne moi|cancelar|laissez? moi tranquille|lass mich in ruhe)(?: (?:it|this|that|now|please|pls|bot|already|thanks|thank|you|immediately|bitte|jetzt|por|favor))*',
    '(?:please |pls |bot |you )*(?:do not|don t|dont|never|no longer|stop) (?:ever )?(?:reply|respond|answer|answering|replying|responding|talk|talking|speak|speaking|write|writing|message|messaging|mention|mentioning|contact|contacting|tag|tagging|bother|bothering)(?: (?:to|at|with))?(?: (?:me|us|my posts|my replies|this account|anymore|any more|again|ever|please|thanks|bot))*',
    '(?:please |pls )*(?:unsubscribe|opt ?out|remove)(?: (?:me|us))?(?: (?:from (?:this|your list|the list|your replies)|please|now|thanks|thank you))*',
    'no bots?(?: please)?',
  ].join('|')})$`,
  'u',
);
/** Nobody says it for another reason. */
const ANYWHERE = /(?:^| )unsubscribe(?: me)?(?: |$)/u;
/** A message that speaks of it at length is a message. In words. */
const LONGEST = 12;

/** `@ada Please stop!` → true; `I cannot stop laughing` → false. Mentions, signs and invisible characters do not count. */
export function asksToStop(text: string): boolean {
  const words = plainWords(text.slice(0, 1000));
  if (words.length === 0 || words.length > LONGEST) return false;
  const said = words.join(' ');
  return WHOLE.test(said) || (ANYWHERE.test(said) && !/(?:^| )(?:not|don t|dont|never|how|why) /u.test(said));
}

function plainWords(text: string): readonly string[] {
  return (
    text
      .toWellFormed()
      .normalize('NFKC')
      .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
      .replace(/[@＠][\p{L}\p{N}_.-]+(?:@[\p{L}\p{N}.-]+)?/gu, ' ')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  );
}
