import type { Draft } from '../queue/draft.ts';
import { fromNow, moment } from './moment.ts';
import { printable } from './printable.ts';

/** Where a draft stands and what happens next, to be read after its name: "Draft 12 " + sentence. */
export function statusSentence(draft: Draft, now: Date, zone: string): string {
  const when = (iso: string | null) => (iso === null ? 'some time' : `${moment(iso, now, zone)}, ${fromNow(iso, now)}`);
  const reason = draft.reason === null ? '' : `: ${printable(draft.reason, { oneLine: true })}`;
  if (draft.chat !== null)
    return `was said to its owner in the conversation ${draft.chat.split('/', 1)[0]}, and goes nowhere`;
  switch (draft.status) {
    case 'pending':
      return `waits for a decision; its slot is ${when(draft.dueAt)}`;
    case 'approved':
      return `is approved and goes out ${when(draft.publishAt)}, at the earliest${reason && `; put off${reason}`}`;
    case 'publishing':
      return 'is being published';
    case 'published':
      return `was published ${when(draft.publishedAt)}${draft.url === null ? '' : `: ${printable(draft.url, { oneLine: true })}`}`;
    case 'rejected':
      return `is rejected${reason}`;
    case 'expired':
      return `expired${reason}`;
    case 'failed':
      return `failed${reason}; approving it again tries again`;
    case 'uncertain':
      if (draft.heldAt !== null)
        return `may be posted or not${reason}; you say which: eidolon queue settle ${draft.id}`;
      return `may be posted or not${reason}; this is looked into before anything else is published`;
  }
}
