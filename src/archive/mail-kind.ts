/** Which mails are letters from one person to others, told by their headers. */
import { decodeWords } from 'postal-mime';
import type { Sender } from './mail-address.ts';
import type { MailHeaders } from './mail-headers.ts';

/**
 * Gmail's labels. The header is encoded as a whole, commas included, so it is decoded before it is split; names with
 * commas stand in quotes.
 */
export function labelsOf(headers: MailHeaders): string[] {
  const decoded = decodeWords(headers.get('x-gmail-labels').slice(0, 10_000));
  return (decoded.match(/"[^"]*"|[^,]+/g) ?? []).map((label) => label.replaceAll('"', '').trim().toLowerCase());
}

/** Gmail's own labels are in the language of the account; those that people made may say the same and mean no harm. */
const SPAM = new Set(
  'spam|junk|courrier indésirable|correo no deseado|posta indesiderata|ongewenst|nevyžádaná pošta|спам|迷惑メール|垃圾邮件|垃圾郵件|스팸|spamowe|skräppost|roskaposti|gereksiz'.split(
    '|',
  ),
);
const TRASH = new Set(
  'trash|bin|papierkorb|corbeille|papelera|cestino|lixeira|lixo|prullenbak|kosz|koš|kôš|papperskorgen|papperskorg|papirkurv|papirkurven|roskakori|kuka|lomtár|coș de gunoi|корзина|кошик|çöp kutusu|çöp|κάδος απορριμμάτων|ゴミ箱|已删除邮件|垃圾桶|휴지통'.split(
    '|',
  ),
);
const DRAFT = new Set(
  'draft|drafts|entwurf|entwürfe|brouillon|brouillons|borrador|borradores|bozza|bozze|rascunho|rascunhos|concepten|wersja robocza|wersje robocze|koncepty|rozepsané|utkast|kladde|kladder|luonnokset|piszkozatok|mesaje nefinalizate|черновик|черновики|чернетки|taslak|taslaklar|πρόχειρα|下書き|草稿|임시보관함'.split(
    '|',
  ),
);
const CHAT = new Set('chat|chats|čaty|чаты|czat|czaty|チャット|聊天|채팅'.split('|'));
const SENT = new Set(
  'sent|sent mail|gesendet|messages envoyés|envoyés|enviado|enviados|posta inviata|inviati|enviadas|e-mails enviados|mensagens enviadas|verzonden|wysłane|odeslaná pošta|odesláno|odoslané|odoslaná pošta|skickat|skickade|sendt|sendte|sendte e-mails|lähetetyt|elküldött|elküldött levelek|mesaje trimise|trimise|отправленные|надіслані|gönderilmiş postalar|gönderilenler|gönderilmiş|απεσταλμένα|送信済み|送信済みメール|已发邮件|寄件備份|보낸편지함'.split(
    '|',
  ),
);

export function isLabelledSent(headers: MailHeaders): boolean {
  return labelsOf(headers).some((label) => SENT.has(label));
}

/** Google Groups exports the mails of everybody, in the format of mail. */
export function isOfGroup(headers: MailHeaders): boolean {
  return (
    headers.get('x-google-groups') !== '' || (headers.get('x-beenthere') !== '' && headers.get('x-gm-thrid') === '')
  );
}

/** Why a mail is no letter; undefined where it is one. */
export function reasonToOmit(headers: MailHeaders, sender: Sender, isMine: boolean): string | undefined {
  const labels = labelsOf(headers);
  if (labels.some((label) => SPAM.has(label))) return 'spam';
  if (labels.some((label) => TRASH.has(label))) return 'trash';
  if (labels.some((label) => DRAFT.has(label))) return 'draft';
  const type = headers.get('content-type').toLowerCase();
  // Google Talk was kept as mail: XML under "Chat with …", with the other side's words in it.
  if (labels.some((label) => CHAT.has(label)) || type.startsWith('text/xml')) return 'chat';
  if (/^(?:mailer-daemon|postmaster)@/.test(sender.address) || /multipart\/report|delivery-status/.test(type))
    return 'bounce';
  if (type.startsWith('text/calendar')) return 'calendar';
  if (isAutomatic(headers)) return 'automatic';
  return isBulk(headers, sender, isMine) ? 'bulk' : undefined;
}

function isAutomatic(headers: MailHeaders): boolean {
  const submitted = headers.get('auto-submitted').toLowerCase();
  const answers = ['x-autoreply', 'x-autorespond', 'x-autoresponder'];
  return (
    (submitted !== '' && !submitted.startsWith('no')) ||
    answers.some((name) => headers.get(name) !== '') ||
    /auto[_-]?reply/i.test(headers.get('precedence'))
  );
}

/** One's own mail to a list is a letter; what lists and shops send is none. */
function isBulk(headers: MailHeaders, { address }: Sender, isMine: boolean): boolean {
  const precedence = headers.get('precedence').toLowerCase();
  if (isMine) return precedence === 'bulk' || precedence === 'junk';
  if (isOfGroup(headers)) return precedence === 'junk';
  return (
    /^(?:bulk|list|junk)$/.test(precedence) ||
    ['list-id', 'list-unsubscribe', 'feedback-id', 'x-campaign', 'x-campaignid'].some(
      (name) => headers.get(name) !== '',
    ) ||
    /^(?:no|do-?not)[-_.]?reply|^(?:notifications?|newsletter|bounces?|mailer)[@+-]/.test(address)
  );
}
