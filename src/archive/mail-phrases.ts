/** What mail programs write of their own accord, in the languages that they write it in. */

const setOf = (phrases: string): ReadonlySet<string> => new Set(phrases.split('|').map((phrase) => phrase.trim()));

/** Between dashes, before an older mail. */
export const SEPARATORS = setOf(
  `original message|original appointment|forwarded message|forwarded by|begin forwarded message|reply message|original email
  |ursprüngliche nachricht|originalnachricht|original-nachricht|weitergeleitete nachricht|weitergeleitet|urspr. nachricht
  |message d'origine|message d’origine|message original|message transféré|message initial|courriel original
  |mensaje original|mensaje reenviado|forwarded mensaje|mensagem original|mensagem encaminhada
  |messaggio originale|messaggio inoltrato|forwarded messaggio|oorspronkelijk bericht|doorgestuurd bericht|oorspronkelijke bericht
  |ursprungligt meddelande|originalmeddelande|vidarebefordrat meddelande|oprindelig meddelelse|videresendt meddelelse|videresendt besked
  |opprinnelig melding|videresendt melding|alkuperäinen viesti|välitetty viesti|wiadomość oryginalna|oryginalna wiadomość
  |wiadomość przekazana dalej|przekazana wiadomość|původní zpráva|přeposlaná zpráva|pôvodná správa|preposlaná správa
  |eredeti üzenet|továbbított üzenet|mesaj original|mesaj redirecționat|исходное сообщение|пересылаемое сообщение
  |пересланное сообщение|оригинальное сообщение|переслане повідомлення|orijinal mesaj|iletilmiş mesaj|özgün ileti|iletilen ileti
  |αρχικό μήνυμα|προωθημένο μήνυμα|元のメッセージ|転送メッセージ|原始邮件|转发的邮件|转发邮件信息|原始郵件|轉寄郵件|원본 메시지|전달된 메시지|הודעה מקורית`.replace(
    /\n/g,
    '',
  ),
);

/** In a line of their own, as Apple's programs have it. */
export const FORWARD_OPENINGS = setOf(
  `begin forwarded message|anfang der weitergeleiteten nachricht|début du message réexpédié|début du message transféré
  |inicio del mensaje reenviado|inizio messaggio inoltrato|início da mensagem encaminhada|início da mensagem reencaminhada
  |begin doorgestuurd bericht|vidarebefordrat brev|videresendt besked|start på videresendt e-post|välitetty viesti alkaa
  |początek przekazywanej wiadomości|začátek přeposílané zprávy|начало переадресованного сообщения|начало пересылаемого сообщения
  |i̇letilen ileti başlangıcı|転送されたメッセージ|以下是转发的邮件|開始轉寄郵件|전달된 메시지 시작`.replace(/\n/g, ''),
);

/** The first name in the block of headers that Outlook writes above the older mail. */
export const FIRST_HEADERS = setOf(
  `from|von|de|da|van|från|fra|lähettäjä|od|feladó|de la|от|от кого|від|kimden|gönderen|από|差出人|发件人|寄件者|보낸 사람|מאת
  |expéditeur|remitente|remetente|mittente|afzender|sender|absender|nadawca|odesílatel`.replace(/\n/g, ''),
);

/** Of "On Monday Ann wrote:". Letters on either side would make another word of them. */
export const ATTRIBUTION_VERBS =
  /(?<!\p{L})(?:wrote|writes|schrieb(?:en)?|schreibt|a écrit|écrit|escribió|escribio|escreveu|ha scritto|scrisse|schreef|heeft geschreven|skrev|kirjoitti|napisał(?:a|\(a\))?|pisze|napsal(?:a|\(a\))?|napísal(?:a|\(a\))?|írta|ezt írta|a scris|написал(?:а|\(а\))?|пишет|писал(?:а|\(а\))?|пише|yazdı|şunu yazdı|έγραψε|napisao|je napisal(?:a)?|va escriure|viết|menulis|ha escrit|a serie)(?!\p{L})|写道|寫道|さん:|のメール|작성|כתב|كتب/iu;

/** Of phones, tablets and free services; only the last line of what somebody wrote is compared. */
export const MOBILE_FOOTERS =
  /^(?:[*_]{0,2})(?:sent (?:from|via|with|using) (?:my|a|the|an)? ?\S.{0,80}|sent from (?:outlook|mail|yahoo|samsung|proton|gmail)\b.{0,80}|get outlook for .{1,40}|(?:von (?:meinem|unterwegs|mobil).{0,60}|gesendet (?:mit|von|aus|über) .{1,60}|diese nachricht wurde von meinem .{1,80})(?: gesendet)?.{0,20}|envoyé (?:de|depuis|à partir de|avec) .{1,80}|télécharge[rz] outlook .{1,40}|enviado (?:desde|do|de|pelo|a partir) .{1,80}|obtener outlook .{1,40}|obter o outlook .{1,40}|inviato da(?:l| mio)? .{1,80}|scarica outlook .{1,40}|verstuurd vanaf .{1,80}|verzonden (?:met|vanaf) .{1,80}|skickat från .{1,80}|sendt fra .{1,80}|lähetetty .{1,80}|wysłane z .{1,80}|odesláno z .{1,80}|отправлено (?:с|из) .{1,80}|надіслано з .{1,80}|(?:\S+ )?(?:iphone|ipad|android)(?:'umdan|’umdan)? gönderildi.{0,20}|iphone(?:から|\s?发自).{0,20}|发自我的.{1,40}|從我的.{1,40}傳送|나의 (?:iphone|ipad)에서 보냄|holen sie sich outlook .{1,40})(?:[*_]{0,2})$/iu;

/** The first words of what lawyers have programs add, and of what mailing lists do. */
export const DISCLAIMERS =
  /^[\s*_>-]{0,8}(?:confidentiality (?:notice|note|statement)|(?:legal )?disclaimer\b|privileged (?:and|&) confidential|this (?:e-?mail|message|communication)(?: transmission)?(?:,| and| including| is| may| contains?)[^.]{0,120}(?:confidential|privileged|intended|proprietary)|the information (?:contained )?in this (?:e-?mail|message)|if you are not the intended recipient|please consider the environment|think before you print|diese (?:e-?mail|nachricht)[^.]{0,80}(?:vertraulich|bestimmt)|der inhalt dieser e-?mail|ce (?:message|courriel|mail)[^.]{0,100}(?:confidentiel|destin)|este (?:mensaje|correo|e-?mail)[^.]{0,100}(?:confidencial|dirig)|aviso (?:legal|de confidencialidad)|esta mensagem[^.]{0,100}(?:confidencia|destin)|(?:questo|il presente) (?:messaggio|e-?mail)[^.]{0,100}(?:riservat|confidenzial)|dit (?:bericht|e-?mail)[^.]{0,80}(?:vertrouwelijk|bestemd)|niniejsza wiadomość[^.]{0,80}poufn|(?:you (?:received|are receiving) this (?:message|email|e-mail) because)|to unsubscribe (?:from this|send)|vous recevez ce message|sie erhalten diese (?:nachricht|e-?mail)|has recibido este mensaje|(?:this|virus)[- ](?:free|e?-?mail has been checked))/iu;
