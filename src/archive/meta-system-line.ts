/** What Messenger and Instagram write into a conversation in somebody's name, in the language of the account. */

/** System lines are short; looking no further keeps every pattern cheap. */
const LONGEST = 300;

/**
 * Whether `words` is the app's. Since 2024 nothing else in the export says so. A line that begins with its own sender's
 * name is the app's in any language: "Mira Quill left the group."
 */
export function isSystemLine(words: string, sender: string): boolean {
  if (words.length > LONGEST) return false;
  const isAboutSender = sender.includes(' ') && words.startsWith(`${sender} `);
  return isAboutSender || PATTERNS.some((pattern) => pattern.test(words));
}

/** One sign, maybe with its variants, as reactions have. */
const SIGN = '\\S{1,14}';

const REACTIONS = [
  `Reacted ${SIGN} to your (?:message|photo|video|story)`,
  'Liked a message',
  `Hat mit ${SIGN} auf deine Nachricht reagiert`,
  `(?:Hat )?(?:deine Nachricht|eine Nachricht) mit ${SIGN} (?:reagiert|markiert)`,
  'Gefällt eine Nachricht',
  `Reaccionó (?:con )?${SIGN} a tu mensaje`,
  `Ha reaccionado con ${SIGN} a tu mensaje`,
  '(?:Le gustó|Le ha gustado) un mensaje',
  `A réagi avec ${SIGN} à (?:votre|ton) message`,
  `A réagi ${SIGN} à (?:votre|ton) message`,
  'A aimé un message',
  `Reagiu com ${SIGN} à (?:sua|tua) mensagem`,
  'Curtiu uma mensagem',
  `Ha reagito (?:con )?${SIGN} al tuo messaggio`,
  'Ha messo "?Mi piace"? a un messaggio',
  `Heeft met ${SIGN} op je bericht gereageerd`,
  `Reageerde met ${SIGN} op je bericht`,
  `Reagerade med ${SIGN} på ditt meddelande`,
  `Reagerede med ${SIGN} på din besked`,
  `Reagerte med ${SIGN} på meldingen din`,
  `Zareagował(?:a|\\(a\\))? ${SIGN} na (?:Twoją|twoją) wiadomość`,
  `Zareagoval(?:a|\\(a\\))? ${SIGN} na (?:vaši|tvoji) zprávu`,
  `(?:Mesajına|Mesajınıza) ${SIGN} ifadesini bıraktı`,
  `Поставил(?:а|\\(-а\\))? ${SIGN} на ваше сообщение`,
];

/** A name, as far as a pattern can say. */
const NAME = '\\S[^\\n]{0,80}?';

const ENGLISH = [
  `(?:You|${NAME}) sent (?:an attachment|a (?:photo|video|sticker|GIF|link|voice message|live location|location|reel|story|post))`,
  `(?:You|${NAME}) (?:left|joined) the (?:group|call|video chat|chat)`,
  `(?:You|${NAME}) (?:added|removed) ${NAME} (?:to|from) the group`,
  `(?:You|${NAME}) (?:named|renamed) the group ${NAME}`,
  `(?:You|${NAME}) (?:changed|updated|removed) the (?:group (?:photo|name)|chat (?:theme|colou?rs)|theme|emoji|quick reaction)(?: [^\\n]{0,80})?`,
  `(?:You|${NAME}) (?:set|cleared|changed) (?:your|his|her|their|the|${NAME}) (?:own )?nickname(?: [^\\n]{0,80})?`,
  `(?:You|${NAME}) (?:started|ended|missed) (?:a|an|the) (?:audio |video |voice )?(?:call|chat|video chat)(?: [^\\n]{0,80})?`,
  `(?:You|${NAME}) (?:called|missed a (?:video |voice )?call from|missed your (?:video |voice )?call with) ?${NAME}`,
  `(?:You|${NAME}) (?:created|ended|voted (?:for|in)|removed vote for) [^\\n]{0,60}poll[^\\n]{0,80}`,
  `(?:You|${NAME}) (?:pinned|unpinned|unsent) a message`,
  `(?:You|${NAME}) (?:created a reminder|created the group|waved at ${NAME}|replied to your story|mentioned you in (?:a|their) story)`,
  'You are now connected on Messenger',
  'You can now (?:message|call) each other[^\\n]{0,160}',
  'Say hi to your new Facebook friend, [^\\n]{0,80}',
  'The (?:video|audio) (?:chat|call) (?:has )?ended',
  'This (?:message|poll|content) (?:was unsent|is no longer available|has been deleted)',
  'Messages and calls are (?:secured with|protected with) end-to-end encryption[^\\n]{0,200}',
  'Click for (?:video|audio)[^\\n]{0,80}',
];

const OTHERS = [
  `(?:Du hast|${NAME} hat) (?:einen Anhang|ein Foto|ein Video|einen Sticker|ein GIF|einen Link|einen Standort) gesendet`,
  `(?:Du hast|${NAME} hat) (?:die Gruppe verlassen|[^\\n]{1,80} (?:zur Gruppe hinzugefügt|aus der Gruppe entfernt)|den (?:Gruppennamen|Spitznamen)[^\\n]{0,80}|die Gruppe [^\\n]{1,80} genannt)`,
  `(?:Du hast|${NAME} hat) (?:einen|den|deinen) (?:Videoanruf|Anruf|Sprachanruf|Videochat)[^\\n]{0,60}`,
  'Ihr könnt (?:euch )?jetzt (?:über|auf) (?:dem )?Messenger [^\\n]{0,80}',
  `(?:Enviaste|Has enviado|${NAME} (?:envió|ha enviado)) (?:un archivo adjunto|una foto|un video|un vídeo|un sticker|un GIF|un enlace|una ubicación)`,
  `(?:Saliste|Has salido|${NAME} (?:salió|abandonó|ha salido)) del? grupo`,
  `(?:Agregaste|Añadiste|${NAME} (?:agregó|añadió|eliminó)) a ${NAME} (?:al|del) grupo`,
  'Ahora (?:están|estáis) conectados en Messenger',
  `(?:Vous avez|Tu as|${NAME} a) envoyé (?:une pièce jointe|une photo|une vidéo|un sticker|un GIF|un lien)`,
  `(?:Vous avez|Tu as|${NAME} a) (?:quitté le groupe|ajouté ${NAME} au groupe|retiré ${NAME} du groupe|nommé le groupe [^\\n]{1,80})`,
  'Vous êtes (?:maintenant|désormais) (?:connectés|en contact) sur Messenger',
  `(?:Você enviou|Enviaste|${NAME} enviou) (?:um anexo|uma foto|um vídeo|uma figurinha|um GIF|um link)`,
  `(?:Você saiu|${NAME} saiu) do grupo`,
  `(?:Hai inviato|${NAME} ha inviato) (?:un allegato|una foto|un video|un adesivo|una GIF|un link)`,
  `(?:Hai abbandonato|${NAME} ha abbandonato) il gruppo`,
  `(?:Je hebt|${NAME} heeft) (?:een bijlage|een foto|een video|een sticker|een link) (?:verzonden|gestuurd|verstuurd)`,
  `(?:Je hebt|${NAME} heeft) de groep verlaten`,
  `(?:Du|${NAME}) skickade (?:en bilaga|ett foto|en video|en länk)`,
  `(?:Wysłano|Wysłałeś|Wysłałaś|${NAME} (?:wysłał|wysłała|wysyła)) (?:załącznik|zdjęcie|film|link)`,
  `${NAME} (?:opuścił|opuściła|opuszcza) grupę`,
  `(?:Odeslali jste|${NAME} (?:odeslal|odeslala|poslal|poslala)) (?:přílohu|fotku|video|odkaz)`,
  `(?:Bir ek gönderdin|${NAME} bir (?:ek|fotoğraf|video) gönderdi)`,
  `(?:Вы отправили|${NAME} отправил(?:а|\\(-а\\))?) (?:вложение|фото|видео|ссылку)`,
];

const PATTERNS = [...REACTIONS, ...ENGLISH, ...OTHERS].map((pattern) => new RegExp(`^${pattern}[.!]?$`, 'u'));
