/** The app that a token was made for: it is the same for all that the program posts, and another one for what a person posts. */
import { z } from 'zod';
import { text } from '../../archive/loose-fields.ts';
import { statusOf } from './failure.ts';
import type { Server } from './server.ts';

export interface App {
  readonly name: string;
  /** Null before Mastodon 4.3. */
  readonly scopes: readonly string[] | null;
}

const schema = z.object({ name: text, scopes: z.array(z.string()).nullable().catch(null) });

/** Null where the server does not tell. @throws WorldError when nobody can tell now. */
export async function appOf(server: Server): Promise<App | null> {
  try {
    const { data } = await server.ask('post', (client) => client.v1.apps.verifyCredentials.$raw());
    return schema.safeParse(data).data ?? null;
  } catch (error) {
    const status = statusOf(error);
    if (status !== undefined && status >= 400 && status < 500 && status !== 401 && status !== 429) return null;
    throw error;
  }
}
