/** `  One ,  two \n\n\n\nthree` → `One, two\n\nthree`: no space at the ends of lines, none doubled, at most one empty line. */
export function tidyWhitespace(text: string): string {
  return text
    .split('\n')
    .map((line) =>
      line
        .replace(/\t/g, ' ')
        .replace(/ {2,}/g, ' ')
        .replace(/(?<=[\p{L}\p{N})"”]) (?=[,.](?:\s|$))/gu, '')
        .trim(),
    )
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
