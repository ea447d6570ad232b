/** Puts what was measured into a README, between two marks that stay: `<!-- NAME -->` and `<!-- /NAME -->`. */
export function replaceSection(readme: string, name: string, content: string): string {
  const [before, rest] = readme.split(`<!-- ${name} -->`);
  const after = rest?.split(`<!-- /${name} -->`)[1];
  if (before === undefined || after === undefined) throw new Error(`The README lacks the marks of its section ${name}`);
  return `${before}<!-- ${name} -->\n${content.trim()}\n<!-- /${name} -->${after}`;
}

export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [header, header.map((_, column) => (column === 0 ? '---' : '---:')), ...rows].map(line).join('\n');
}

/** A text as it is, whatever characters it holds. */
export function codeBlock(text: string): string {
  const fence = '`'.repeat(Math.max(3, ...(text.match(/`+/g) ?? []).map(({ length }) => length + 1)));
  return `${fence}text\n${text}\n${fence}`;
}
