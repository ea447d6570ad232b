/** Pictures go to the server before the post that shows them; until that is sent, nothing of it is published. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { WorldError } from '../../errors.ts';
import { pictureType } from '../../persona/pictures.ts';
import { type Media, Refusal } from '../network.ts';
import { strangeAnswer } from './failure.ts';
import type { Server } from './server.ts';

export interface Upload {
  readonly server: Server;
  readonly wait: (milliseconds: number) => Promise<unknown>;
}

/** The ids to post with, each good for one post. @throws Refusal whatever goes wrong: there is no post yet. */
export async function uploadMedia(media: readonly Media[], upload: Upload): Promise<string[]> {
  const ids: string[] = [];
  for (const one of media) ids.push(await uploadOne(one, upload));
  return ids;
}

async function uploadOne({ file, alt }: Media, upload: Upload): Promise<string> {
  const name = path.basename(file);
  const picture = await readFile(file).catch((cause: unknown) => {
    throw new Refusal(`${name}: expected a picture that can be read`, { retryable: false, cause });
  });
  const type = pictureType(picture); // names lie
  if (type === undefined) {
    throw new Refusal(`${name}: expected a PNG, JPEG, WebP or GIF picture, found something else`, { retryable: false });
  }
  try {
    const { data } = await upload.server.upload((client) =>
      // masto would ask for it every second even when it is done.
      client.v2.media.create.$raw({
        file: new File([picture], name, { type }),
        description: alt,
        skipPolling: true,
      }),
    );
    if (typeof data?.id !== 'string') throw strangeAnswer(upload.server.address, 'an id of the picture');
    if (!data.url) await untilProcessed(data.id, name, upload);
    return data.id;
  } catch (error) {
    if (!(error instanceof WorldError) || error instanceof Refusal) throw error;
    const { retryable, retryAfterMs, cause } = error;
    throw new Refusal(`${name}: ${error.message}`, {
      retryable,
      cause,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
}

const FIRST_LOOK_MS = 1000;
const LOOKS = 7; // 1 + 2 + 4 … s: two minutes

/** A post with a picture that is still worked on would be refused. */
async function untilProcessed(id: string, name: string, { server, wait }: Upload): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    await wait(FIRST_LOOK_MS * 2 ** look);
    const { data } = await server.ask('account', (client) => client.v1.media.$select(id).fetch.$raw());
    if (data?.url) return;
  }
  throw new Refusal(`${name}: ${server.host} is not done with it after two minutes`, { retryable: true });
}
