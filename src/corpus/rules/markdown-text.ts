/** The words of a piece of Markdown, as networks and editors write it: no marks, no code, nothing quoted. */

/** Each has one way to match and a bound, so that no text takes long. In this order. */
const MARKS: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/^ {0,3}>(?!!).*$/gm, ''], // a quotation
  [/^ {0,3}\[[^[\]\n]{1,100}\]: .*$/gm, ''], // the address of a link
  [/^ {0,3}(?:[-*_] ?){3,80}$/gm, ''], // a rule
  [/^ {0,3}(?:=|-){2,80}$/gm, ''], // the line below a heading
  [/^ {0,3}#{1,6}[ \t]+/gm, ''],
  [/(?<=\S) ?#{1,6}[ \t]*$/gm, ''], // closes a heading
  [/^-# /gm, ''],
  [/!\[[^[\]\n]{0,500}\](?:\((?:[^()\s]|\([^()\s]{0,300}\)){0,2000}(?: "[^"\n]{0,300}")?\)|\[[^[\]\n]{0,100}\])/g, ''],
  [/\[([^[\]\n]{1,1000})\]\((?:[^()\s]|\([^()\s]{0,300}\)){0,2000}(?: "[^"\n]{0,300}")?\)/g, '$1'],
  [/\[([^[\]\n]{1,1000})\]\[[^[\]\n]{0,100}\]/g, '$1'],
  [/\[\^[^[\]\n]{1,50}\]:?/g, ''], // a footnote's number
  [/<(https?:\/\/[^<>\s]{1,2000})>/g, '$1'],
  [/<\/?[a-z][a-z0-9]{0,15}(?:\s[^<>]{0,500})?\/?>/gi, ''],
  [/`{1,3}([^`\n]{1,1000})`{1,3}/g, '$1'],
  [/(?<!\\)\*{1,3}(?=\S)([^*\n]{1,2000})(?<=\S)\*{1,3}/g, '$1'],
  [/(?<![\p{L}\p{N}\\])_{1,3}(?=\S)([^_\n]{1,2000})(?<=\S)_{1,3}(?![\p{L}\p{N}])/gu, '$1'],
  [/~~([^~\n]{1,2000})~~/g, '$1'],
  [/\|\|([^|\n]{1,2000})\|\|/g, '$1'],
  [/>!([^\n]{1,2000}?)!</g, '$1'],
  [/\\\n/g, '\n'],
  [/\\([\\`*_{}[\]()#+.!~|<>-])/g, '$1'],
];

/** `**Well**, [said](https://a.example) > not quoted` → `Well, said > not quoted` */
export function markdownText(markdown: string): string {
  const prose = withoutFences(markdown);
  return MARKS.reduce((text, [pattern, words]) => text.replace(pattern, words), prose);
}

/** Line by line: a fence that is never closed takes the rest. */
function withoutFences(markdown: string): string {
  if (!/^ {0,3}(?:```|~~~)/m.test(markdown)) return markdown;
  let fence = '';
  return markdown
    .split('\n')
    .filter((line) => {
      const found = /^ {0,3}(```|~~~)/.exec(line)?.[1] ?? '';
      if (fence === '') fence = found;
      else if (found === fence) {
        fence = '';
        return false;
      }
      return fence === '';
    })
    .join('\n');
}
