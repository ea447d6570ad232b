/** Whom the account wants to hear nothing of, or who of it: servers tell of their mentions all the same, in part. */
import { z } from 'zod';
import { listOf } from '../../archive/loose-fields.ts';
import { flag, present } from './fields.ts';
import { listIn, type Server } from './server.ts';

const relationship = z.object({ id: present, blocking: flag, blockedBy: flag, muting: flag, domainBlocking: flag });
/** In one address. */
const MOST_IDS = 40;

/** Those of the accounts that are blocked or muted, or that have blocked it. @throws AccountError where the token may not ask. */
export async function blockedAmong(server: Server, accountIds: Iterable<string>): Promise<ReadonlySet<string>> {
  const ids = [...new Set(accountIds)];
  const blocked = new Set<string>();
  for (let from = 0; from < ids.length; from += MOST_IDS) {
    const { data } = await server.ask('account', (client) =>
      client.v1.accounts.relationships.fetch.$raw({ id: ids.slice(from, from + MOST_IDS) }),
    );
    for (const one of listOf(relationship).parse(listIn(data, server))) {
      if (one.blocking || one.blockedBy || one.muting || one.domainBlocking) blocked.add(one.id);
    }
  }
  return blocked;
}
