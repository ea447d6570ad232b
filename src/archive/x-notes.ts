/** Long posts of X: the tweet has their beginning, and another file, which does not know the tweet's id, has the whole. */
import { z } from 'zod';
import { unescapeOnce } from './escaped-text.ts';
import type { Entry } from './format.ts';
import { fromZoned } from './instant.ts';
import { listOf, text } from './loose-fields.ts';
import type { Omission } from './post.ts';
import { readJson } from './read-json.ts';
import { expandLinks, type Tweet } from './x-tweet.ts';

const noteSchema = z.object({
  noteTweet: z.object({
    createdAt: text,
    core: z.object({ text: z.string(), urls: listOf(z.object({ shortUrl: text, expandedUrl: text })) }),
  }),
});

interface Note {
  readonly text: string;
  readonly place: string;
  isUsed: boolean;
}

/** Long texts by the second in which they were written. */
export class Notes {
  readonly #bySecond = new Map<string, Note[]>();

  async *read(entries: readonly Entry[]): AsyncGenerator<Omission> {
    for (const entry of entries) {
      for await (const found of readJson(entry, ['[]'])) {
        if ('omitted' in found) yield found;
        else if (!this.#add(found.value, found.place)) yield { omitted: 'unreadable', place: found.place };
      }
    }
  }

  #add(value: unknown, place: string): boolean {
    const { data } = noteSchema.safeParse(value);
    const second = secondOf(fromZoned(data?.noteTweet.createdAt ?? ''));
    if (!data || second === undefined) return false;
    const { text: long, urls } = data.noteTweet.core;
    const links = new Map(urls.map(({ shortUrl, expandedUrl }) => [shortUrl, expandedUrl || shortUrl]));
    const note = { text: expandLinks(long, links), place, isUsed: false };
    const others = this.#bySecond.get(second);
    if (others) others.push(note);
    else this.#bySecond.set(second, [note]);
    return true;
  }

  /** The whole text of `tweet`, if it was longer than a tweet may be. */
  wholeOf(tweet: Tweet): string | undefined {
    const notes = this.#bySecond.get(secondOf(tweet.time) ?? '');
    const beginning = notes ? beginningOf(unescapeOnce(tweet.text)) : '';
    if (beginning === '') return undefined;
    const note = notes?.find(({ text: long }) => beginningOf(long).startsWith(beginning));
    if (note) note.isUsed = true;
    return note?.text;
  }

  *unused(): Generator<Omission> {
    for (const notes of this.#bySecond.values()) {
      for (const { isUsed, place } of notes) if (!isUsed) yield { omitted: 'long text without its post', place };
    }
  }
}

function secondOf(time: string | null): string | undefined {
  return time?.slice(0, 19);
}

/** Up to the first link or the ellipsis at the end, where the two forms may begin to differ; without spaces. */
function beginningOf(words: string): string {
  const [first = ''] = words.replace(/\s+/g, '').split(/…?https?:\/\/|…$/);
  return first.slice(0, 200);
}
