/** Which words in a WhatsApp message are the sender's, and which the app put there, in the language of the phone. */

/** Before what iOS says itself in a sender's name, and before file names: the only sign of it. */
const APP_SPEAKS = '\u200e';

export type SenderWords = { readonly words: string } | { readonly omitted: string };

/** `text` as it stands after `Name: `, its further lines included. */
export function senderWords(text: string): SenderWords {
  const lines = withoutFileLine(withoutTags(text)).split('\n');
  const isAppLine = (line: string) => line.startsWith(APP_SPEAKS) || /•\s?\u200e/.test(line);
  if (isAppLine(lines[0]!)) return { omitted: DELETED.has(plain(lines[0]!)) ? 'deleted' : 'system line' };
  const words = lines
    .filter((line) => !isAppLine(line))
    .join('\n')
    .replace(/[\u200e\u200f\u2066-\u2069\u202a-\u202e]/g, '')
    .trim();
  if (words === '' || words === 'null') return { omitted: 'no text' };
  if (DELETED.has(plain(words)) || DELETED_BY.test(plain(words))) return { omitted: 'deleted' };
  if (PENDING.has(plain(words))) return { omitted: 'system line' };
  if (MEDIA.test(plain(words))) return { omitted: 'no text' };
  if (PLACE.test(words) || isPoll(words)) return { omitted: 'system line' };
  return { words };
}

/**
 * `<Media omitted>`, `<attached: 7.jpg>`, `<This message was edited>` in any language: words in angle brackets at the end. In
 * scripts that put no spaces between them, several letters: `<省略多媒体文件>`, but not the `<笑>` of a laugh.
 */
const TAG =
  /\s?\u200e?<\u200e?(?:\p{L}[^<>\n]{0,100}[\s:][^<>\n]{1,100}|[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}]{5,60})>\s?$/u;

function withoutTags(text: string): string {
  return text
    .split('\n')
    .map((line) => (line.endsWith('>') || line.endsWith('> ') ? cutTag(line) : line))
    .join('\n');
}

/** Looks only at the end of the line, so that a long one costs no more. */
function cutTag(line: string): string {
  const from = Math.max(0, line.length - 250);
  return line.slice(0, from) + line.slice(from).replace(TAG, '');
}

/** Android names the file in a line of its own, `IMG-20211231-WA0001.jpg (file attached)`; a caption follows. */
const FILE_LINE = /^\u200e?[^\n/:*?"<>|]{1,200}\.[a-z0-9]{2,5} \([^()\n]{3,60}\)(?:\n|$)/i;

function withoutFileLine(text: string): string {
  return text.replace(FILE_LINE, '');
}

const PLACE = /^\p{L}[\p{L} ]{1,40}: https:\/\/(?:maps\.google\.com|maps\.app\.goo\.gl|foursquare\.com)\/\S*$/u;

/** `POLL:`, the question, and a line for each option with its votes; the words before the colons are localised. */
function isPoll(words: string): boolean {
  const [title = '', , ...options] = words.split('\n');
  return (
    /^\p{Lu}{3,20}:$/u.test(title) &&
    options.length > 0 &&
    options.some((option) => /^\p{Lu}{3,20}: .*\(\d/u.test(option))
  );
}

function plain(text: string): string {
  return text
    .replace(/\p{Cf}/gu, '')
    .trim()
    .replace(/\.$/, '')
    .toLowerCase();
}

const DELETED = new Set([
  'this message was deleted',
  'you deleted this message',
  'you deleted this message as admin',
  'diese nachricht wurde gelöscht',
  'du hast diese nachricht gelöscht',
  'este mensaje fue eliminado',
  'se eliminó este mensaje',
  'eliminaste este mensaje',
  'ce message a été supprimé',
  'vous avez supprimé ce message',
  'esta mensagem foi apagada',
  'mensagem apagada',
  'você apagou esta mensagem',
  'apagou esta mensagem',
  'questo messaggio è stato eliminato',
  'hai eliminato questo messaggio',
  'dit bericht is verwijderd',
  'je hebt dit bericht verwijderd',
  'u hebt dit bericht verwijderd',
  'ta wiadomość została usunięta',
  'usunięto tę wiadomość',
  'данное сообщение удалено',
  'сообщение удалено',
  'вы удалили данное сообщение',
  'вы удалили это сообщение',
  'bu mesaj silindi',
  'bu mesajı sildiniz',
  'det här meddelandet raderades',
  'du raderade det här meddelandet',
  'このメッセージは削除されました',
  '此消息已被删除',
  '此訊息已刪除',
  '삭제된 메시지입니다',
]);

/** By whom stands in it. */
const DELETED_BY = /^this message was deleted by admin\b.{0,100}$|^diese nachricht wurde von admin .{1,100} gelöscht$/;

/** In the place of what did not arrive before the chat was exported, or of what is no text. */
const PENDING = new Set([
  'waiting for this message. this may take a while',
  'warte auf diese nachricht. dies kann eine weile dauern',
  'esperando el mensaje. esto puede tomar tiempo',
  'live location shared',
]);

/** Without the mark that newer versions put before it. */
const MEDIA =
  /^(?:(?:image|photo|video|audio|gif|sticker|document|contact card) omitted|missed (?:voice|video) call|(?:bild|video|audio|gif|sticker|dokument|kontaktkarte) weggelassen|verpasster (?:sprach|video)anruf|(?:imagen|vídeo|video|audio|gif|sticker|documento) omitid[oa]|(?:image|vidéo|audio|gif|sticker|document) (?:absente?|omise?)|(?:imagem|vídeo|áudio|gif|figurinha|documento) (?:ocultad[oa]|omitid[oa])|(?:immagine|video|audio|gif|sticker|documento) omess[oa]|(?:afbeelding|video|audio|gif|sticker|document) weggelaten|(?:pominięto) (?:grafikę|obraz|film|audio|naklejkę|gif|dokument)|(?:görüntü|video|ses|gif|çıkartma|belge) dahil edilmedi|(?:изображение|видео|аудиофайл|gif|стикер|документ) (?:опущено|опущен|отсутствует))$/u;
