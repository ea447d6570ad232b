import { parseMarkup } from './shallow-parser.ts';

export interface XmlElement {
  /** Without its namespace prefix, in small letters. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** What stands directly in it. */
  readonly text: string;
}

/** Every element of a small XML file, in the order in which they end. Forgiving: what is broken is read as far as it goes. */
export function xmlElements(xml: string): XmlElement[] {
  const elements: XmlElement[] = [];
  const open: { readonly attributes: Readonly<Record<string, string>>; text: string }[] = [];
  parseMarkup(
    xml,
    {
      onopentag: (_name, attributes) => void open.push({ attributes, text: '' }),
      ontext(text) {
        const innermost = open.at(-1);
        if (innermost) innermost.text += text;
      },
      onclosetag(name) {
        const element = open.pop();
        if (element) elements.push({ name: name.replace(/^.*:/, '').toLowerCase(), ...element });
      },
    },
    { xmlMode: true },
  );
  return elements;
}
