/** A piece with its provenance as a page: each writer's words in a shade of their own, the seed of each continuation under the pointer. */
import { escaped, htmlPage, section } from '../corpus/html-page.ts';
import { modelsIn, shareLines } from './credits.ts';
import type { Exported } from './export-markdown.ts';
import { type Origin, type Segment, statement } from './provenance.ts';

const STYLE = `<style>
.piece { font: 1.1rem/1.7 Georgia, serif; white-space: pre-wrap; overflow-wrap: anywhere; }
.prompt { color: var(--dim); font-style: italic; } .person, .edited { border-radius: .2em; padding: 0 .1em; }
.person { background: color-mix(in srgb, var(--bar) 35%, transparent); } .edited { background: color-mix(in srgb, var(--second) 35%, transparent); }
</style>`;

export function htmlOf(title: string, { segments, isProven }: Exported): string {
  const said = statement(segments, isProven);
  const list = (lines: readonly string[]) => `<ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join('')}</ul>`;
  return htmlPage(title, [
    STYLE,
    `<h1>${escaped(title)}</h1>`,
    `<div class="piece">${segments.map(shaded).join('')}</div>`,
    section('Who wrote it', `${list(shareLines(segments))}${said === null ? '' : `<p>${escaped(said)}</p>`}`),
    `<p>Unshaded: a model. <span class="prompt">The prompt.</span> <span class="person">Typed by a person.</span> <span class="edited">Put in by a person while editing.</span></p>`,
    list(modelsIn(segments)),
  ]);
}

function shaded({ text, origin }: Segment): string {
  return `<span class="${origin.by}" title="${escaped(inWords(origin))}">${escaped(text)}</span>`;
}

function inWords(origin: Origin): string {
  if (origin.by === 'model') return `${origin.model} ${origin.hash.slice(0, 12)}, seed ${origin.seed}`;
  return { prompt: 'prompt', person: 'typed by a person', edited: 'put in by a person while editing' }[origin.by];
}
