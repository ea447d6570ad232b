import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { EUploadMimeType } from 'twitter-api-v2';
import { UserError } from '../../errors.ts';
import type { Media } from '../network.ts';
import type { XApi } from './x-api.ts';
import { strangeAnswer } from './x-api.ts';

const TYPES: Readonly<Record<string, EUploadMimeType>> = {
  '.jpg': EUploadMimeType.Jpeg,
  '.jpeg': EUploadMimeType.Jpeg,
  '.png': EUploadMimeType.Png,
  '.gif': EUploadMimeType.Gif,
  '.webp': EUploadMimeType.Webp,
};

const MOST_ALT = 1000; // characters

/** The id by which a post can show it, once its description is there too. */
export async function uploadMedia(api: XApi, { file, alt }: Media): Promise<string> {
  const type = TYPES[path.extname(file).toLowerCase()];
  if (type === undefined) {
    throw new UserError(`${file}: expected a picture of the kinds jpg, png, gif or webp, found another`, {
      hint: 'Save it as one of these',
    });
  }
  const picture = await readFile(file);
  const id = await api.ask(
    ({ v2 }) => v2.uploadMedia(picture, { media_type: type }),
    () => ({ kind: 'unpriced' }),
  );
  if (typeof id !== 'string') throw strangeAnswer('the id of a picture');
  if (alt.trim() !== '') {
    await api.ask(
      ({ v2 }) => v2.createMediaMetadata(id, { alt_text: { text: alt.slice(0, MOST_ALT) } }),
      () => ({ kind: 'unpriced' }),
    );
  }
  return id;
}
