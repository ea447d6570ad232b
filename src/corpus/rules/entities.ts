import { decodeHTMLStrict } from 'entities';

const ENTITY = /&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});/gi;

/** What was escaped once too often: `Salt &amp;amp; pepper` → `Salt & pepper`. Only whole entities, at most twice. */
export function withoutEntities(text: string): string {
  if (!text.includes('&')) return text;
  const once = text.replace(ENTITY, (entity) => decodeHTMLStrict(entity));
  return once.replace(ENTITY, (entity) => decodeHTMLStrict(entity));
}
