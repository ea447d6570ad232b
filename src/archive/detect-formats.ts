import { UserError } from '../errors.ts';
import type { OpenExport } from './container.ts';
import type { Format } from './format.ts';
import { FORMATS } from './formats.ts';
import type { Columns } from './text-columns.ts';
import { writtenFormats } from './written-formats.ts';

/**
 * Every format that finds something of its own in the export, as one download may hold mail, chats and a blog; writing in
 * plain files counts where it is no service's.
 * @throws UserError when there is none, with what was looked for and what is there.
 */
export async function detectFormats(archive: OpenExport, columns?: Columns): Promise<readonly Format[]> {
  const services = await detectServices(archive);
  if (services.length > 0) return services;
  const written = await matching(writtenFormats(columns), archive);
  if (written.length > 0) return written;

  const looked = [...FORMATS, ...writtenFormats()].map(({ name }) => name).join(', ');
  throw new UserError(`${archive.name}: expected an export or texts (${looked}), found ${contentsOf(archive)}`, {
    hint: 'Give the file as the service handed it out; README says for each service what to ask for',
  });
}

/** The formats of services among them; none where there is nothing but plain files. */
export function detectServices(archive: OpenExport): Promise<readonly Format[]> {
  return matching(FORMATS, archive);
}

async function matching(formats: readonly Format[], archive: OpenExport): Promise<Format[]> {
  const found: Format[] = [];
  for (const format of formats) if (await format.detect(archive)) found.push(format);
  return found;
}

function contentsOf({ entries, remarks }: OpenExport): string {
  const first = entries.slice(0, 3).map(({ path }) => path);
  const rest = entries.length > first.length ? ` and ${entries.length - first.length} more` : '';
  const files = first.length > 0 ? `${first.join(', ')}${rest}` : 'nothing but media';
  return [files, ...remarks].join('; ');
}
