/** What a program or an office puts below a text. */

/** Below the line `-- ` nothing is said to anybody; only so many lines, and none so long, or it was no signature. */
const MOST_LINES = 12;
const LONGEST_LINE = 200;

/** One line each, of the last ones. */
const SENT_FROM: readonly RegExp[] = [
  /^(?:-+ ?)?sent (?:from|via|with|by|using) (?:my|mail|outlook|yahoo|proton|the |gmail|samsung|an? |blackberry|iphone|ipad)/i,
  /^(?:-+ ?)?(?:von mein(?:em|er) .{1,40} gesendet|gesendet (?:von|mit|aus) )/i,
  /^(?:-+ ?)?envoyé(?:e)? (?:de|depuis|à partir) /i,
  /^(?:-+ ?)?(?:enviado|enviada) (?:desde|do|da|de|a partir) /i,
  /^(?:-+ ?)?inviato (?:da|dal) /i,
  /^(?:-+ ?)?(?:verzonden (?:vanaf|met|via)|verstuurd vanaf) /i,
  /^(?:-+ ?)?(?:skickat från|sendt fra|lähetetty |wysłan[eo] z|отправлено (?:с|из)|odesláno z|trimis de pe|küldve) ?/iu,
  /^(?:iphone|ipad|android)から送信/i,
  /^(?:get|download|hol dir) outlook (?:for|für) /i,
  /^(?:posted|sent|shared|written|published|created) (?:via|with|using|from) (?:my |the )?[\w .]{2,30}$/i,
  /^(?:this (?:post|article|entry) (?:first appeared|was originally (?:published|posted))|(?:originally|first|also|cross-?)[ -]?(?:published|posted) (?:at|on|in|to))\b/i,
  /^(?:mirrored|crossposted|cross-posted) from\b/i,
  /^virus-free\b/i,
];
const LAST_LINES = 5;

/** Begins what lawyers want below a mail; all from there on goes. */
const DISCLAIMER =
  /^(?:\*{0,3} ?)(?:(?:this|the information (?:contained )?in this) (?:e-?mail|message|communication)[^\n]{0,120}(?:confidential|privileged|intended|addressee)|confidentiality (?:notice|note)|disclaimer:|diese (?:e-?mail|nachricht)[^\n]{0,120}vertraulich|ce (?:message|courriel)[^\n]{0,120}confidentiel|este (?:mensaje|correo)[^\n]{0,120}confidencial)/im;

/** `See you there.\n\nSent from my iPhone` → `See you there.` */
export function withoutSignature(text: string, kind: string): string {
  const body = kind === 'mail' ? withoutDisclaimer(text) : text;
  const lines = aboveDashes(body.split('\n'));
  const first = Math.max(0, lines.length - LAST_LINES);
  return lines.filter((line, at) => at < first || !isSentFrom(line.trim())).join('\n');
}

function aboveDashes(lines: readonly string[]): readonly string[] {
  const last = lines.length - (lines.at(-1) === '' ? 2 : 1);
  const first = Math.max(1, last - MOST_LINES);
  const dashes = lines.findIndex((line, at) => at >= first && at < lines.length - 1 && /^--[ \t]?$/.test(line));
  const isSignature = dashes >= 0 && lines.slice(dashes).every(({ length }) => length <= LONGEST_LINE);
  return isSignature ? lines.slice(0, dashes) : lines;
}

function isSentFrom(line: string): boolean {
  return line.length <= 120 && SENT_FROM.some((pattern) => pattern.test(line));
}

function withoutDisclaimer(text: string): string {
  const at = text.search(DISCLAIMER);
  return at === -1 ? text : text.slice(0, at);
}
