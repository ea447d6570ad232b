/** Lets go of approved drafts that could not be sent for so long that they have had their time. */
import type { Persona } from '../persona/persona.ts';
import type { DraftKind } from '../queue/claim.ts';
import { move } from '../queue/status.ts';
import { type Store, transaction } from '../store/store.ts';
import { readStandings } from './account-health.ts';

/**
 * A draft that waits its turn never expires: only time counts in which its account was paused or its server out of order
 * without a break, or since it was first refused for the time being. Certainly none of them is on the network. Returns how many.
 */
export async function expireApproved(
  store: Store,
  persona: Pick<Persona, 'name' | 'account' | 'queue' | 'schedule'>,
  now: Date,
): Promise<number> {
  const posts = await expireKind(store, persona, { kind: 'post', expireAfterMs: persona.queue.expireAfterMs, now });
  const { expireAfterMs } = persona.schedule.replies;
  return posts + (await expireKind(store, persona, { kind: 'reply', expireAfterMs, now }));
}

async function expireKind(
  store: Store,
  { name, account }: Pick<Persona, 'name' | 'account'>,
  { kind, expireAfterMs, now }: { readonly kind: DraftKind; readonly expireAfterMs: number; readonly now: Date },
): Promise<number> {
  const { pause, outage } = (await readStandings(store, [{ name, account }], now)).get(name)!;
  const troubledSince = [pause?.since, outage?.since].flatMap((since) => since ?? []).toSorted()[0];
  const before = new Date(now.getTime() - expireAfterMs).toISOString();
  return transaction(store, async (inside) => {
    const stale = await inside.db
      .selectFrom('drafts')
      .select(['id', 'reason'])
      .where('persona', '=', name)
      .where('status', '=', 'approved')
      .where('kind', '=', kind)
      .where('due_at', '<', before)
      .where('decided_at', '<', before)
      .where(({ eb, or, exists, selectFrom }) =>
        or([
          ...(troubledSince !== undefined && troubledSince < before ? [eb('publish_at', '<', before)] : []),
          exists(
            selectFrom('attempts')
              .select('attempts.id')
              .whereRef('draft_id', '=', 'drafts.id')
              .whereRef('started_at', '>=', 'drafts.decided_at')
              .where('started_at', '<', before),
          ),
        ]),
      )
      .execute();
    for (const { id, reason } of stale) {
      const because = reason ?? pause?.because ?? outage?.because;
      await move(
        inside,
        id,
        { from: 'approved', to: 'expired' },
        { reason: `it could not be sent in time${because ? `: ${because}` : ''}` },
      );
    }
    return stale.length;
  });
}
