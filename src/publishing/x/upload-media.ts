import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { EUploadMimeType } from 'twitter-api-v2';
import { type PictureType, pictureType } from '../../persona/pictures.ts';
import { type Media, Refusal } from '../network.ts';
import type { XApi } from './x-api.ts';
import { strangeAnswer } from './x-api.ts';

const TYPES: Readonly<Record<PictureType, EUploadMimeType>> = {
  'image/jpeg': EUploadMimeType.Jpeg,
  'image/png': EUploadMimeType.Png,
  'image/gif': EUploadMimeType.Gif,
  'image/webp': EUploadMimeType.Webp,
};

const MOST_ALT = 1000; // characters

/**
 * The id by which a post can show it, once its description is there too.
 * @throws Refusal also where there is no such picture, or it is none.
 */
export async function uploadMedia(api: XApi, { file, alt }: Media): Promise<string> {
  const name = path.basename(file);
  const picture = await readFile(file).catch((cause: unknown) => {
    throw new Refusal(`${name}: expected a picture that can be read`, { retryable: false, cause });
  });
  const type = pictureType(picture);
  if (type === undefined) {
    throw new Refusal(`${name}: expected a PNG, JPEG, WebP or GIF picture, found something else`, { retryable: false });
  }
  const id = await api.ask(
    ({ v2 }) => v2.uploadMedia(picture, { media_type: TYPES[type] }),
    () => ({ kind: 'unpriced' }),
  );
  if (typeof id !== 'string') throw strangeAnswer('the id of a picture');
  if (alt.trim() !== '') {
    await api.ask(
      ({ v2 }) => v2.createMediaMetadata(id, { alt_text: { text: alt.slice(0, MOST_ALT) } }),
      () => ({ kind: 'description' }),
    );
  }
  return id;
}
