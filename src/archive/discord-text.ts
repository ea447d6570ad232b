/** What a person wrote in a Discord message, without the marks that stand for people, channels, times and files. */

/** More than Discord lets anybody send: what stands after it is left out. */
export const LONGEST_DISCORD = 10_000; // characters

export type DiscordWords = { readonly words: string } | { readonly omitted: string };

export function discordWords(content: string): DiscordWords {
  const text = content.slice(0, LONGEST_DISCORD);
  if (text.trim() === '') return { omitted: 'no text' };
  if (COMMAND.test(text)) return { omitted: 'bot command' };
  const words = withoutMarks(withoutQuotes(text))
    .replace(/[ \t]{2,}/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  if (words === '') return { omitted: 'no text' };
  return words.split(/\s+/).every((word) => /^<?https?:\/\//.test(word)) ? { omitted: 'link only' } : { words };
}

/** `!play`, `?rank`, `p!help`, `/roll`: said to bots. */
const COMMAND = /^(?:[!$%;.?=+~/]|[a-z]{1,2}!)[a-z]{2,}(?:\s|$)/i;

/** Quoted lines, everything after `>>>`, and blocks of code. */
function withoutQuotes(text: string): string {
  return text
    .replace(/```[\s\S]*?(?:```|$)/g, '')
    .replace(/(^|\n)>>> [\s\S]*$/, '')
    .replace(/^> ?.*(?:\n|$)/gm, '');
}

function withoutMarks(text: string): string {
  return text
    .replace(/<(?:@[!&]?|#)\d{1,25}>/g, '')
    .replace(/<a?:(\w{1,40}):\d{1,25}>/g, ':$1:')
    .replace(/<t:-?\d{1,15}(?::[a-zA-Z])?>/g, '')
    .replace(/<(\/[^<>:\n]{1,100}):\d{1,25}>/g, '$1')
    .replace(/<id:\w{1,20}>/g, '')
    .replace(/@(?:everyone|here)\b/g, '')
    .replace(/<?https?:\/\/(?:cdn|media|images-ext-\d)\.discordapp\.(?:com|net)\/[^\s>]*>?/g, '')
    .replace(/<(https?:\/\/[^\s>]+)>/g, '$1')
    .replace(/\|\|([^|]+)\|\|/g, '$1')
    .replace(/^-# /gm, '');
}
