/** Instagram's JSON download: captions, comments and messages, in its layouts since 2019. */
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import { findAll } from '../find-entries.ts';
import type { Entry, Export, Format } from '../format.ts';
import { inMostThreads, isAmong } from '../identity.ts';
import { filesBefore2020, readBefore2020 } from '../instagram-before-2020.ts';
import { fieldOfNames, isUserName, type StringMap, stringMap } from '../instagram-comments.ts';
import { fromSeconds } from '../instant.ts';
import { listOf, text } from '../loose-fields.ts';
import { participantsOf, readThread, threadFiles } from '../meta-messages.ts';
import { metaPost } from '../meta-post.ts';
import { INSTAGRAM_FILE, metaRecords } from '../meta-records.ts';
import { withoutMojibakeIn } from '../mojibake.ts';
import type { Omission, Post } from '../post.ts';
import { findJson, headOf } from '../read-json.ts';

const PERSONAL = /(^|\/)(?:personal|account)_information\.json$/i;
const IN_HTML = /(^|\/)(?:posts_\d+|post_comments(?:_\d+)?|message_\d+)\.html$/i;

export const instagram: Format = {
  name: 'instagram',
  sources: [
    {
      service: 'Instagram',
      where: 'Settings, Accounts Centre, Download your information; format JSON',
      drop: 'the zip',
    },
  ],

  async detect(archive) {
    if ((await contentFiles(archive)).length + (await filesBefore2020(archive)).length > 0) return true;
    const isHtml = /instagram/i.test(archive.name) || archive.entries.some(({ path }) => /instagram/i.test(path));
    return (await threadFiles(archive, 'instagram')).length > 0 || (isHtml && findAll(archive, IN_HTML).length > 0);
  },

  /** User name and name, as posts go by the one and messages by the other. */
  async owner(archive) {
    for (const entry of findAll(archive, PERSONAL)) {
      for await (const { value } of findJson(entry, ['profile_user[]'])) {
        const { userName, name, values } = namesOf(withoutMojibakeIn(value));
        const names = [userName, name ?? (await nameInThreads(archive, values))];
        if (names.some((one) => one !== undefined)) return names.filter((one) => one !== undefined);
      }
    }
    for (const entry of await filesBefore2020(archive)) {
      for await (const { value } of findJson(entry, ['username']))
        if (typeof value === 'string' && value) return [value];
    }
    const owner = await nameInThreads(archive, []);
    return owner === undefined ? [] : [owner];
  },

  async *read(archive, me) {
    const [content, threads] = [await contentFiles(archive), await threadFiles(archive, 'instagram')];
    const old = await filesBefore2020(archive);
    const [page] = findAll(archive, IN_HTML);
    if (page && content.length + threads.length + old.length === 0) {
      throw new UserError(`${archive.name}, ${page.path}: expected Instagram's JSON, found its HTML`, {
        hint: 'Ask for the download again and choose JSON as the format',
      });
    }
    const owner = await instagram.owner(archive);
    const isMe = isAmong([...me, ...owner]);
    const name = owner[0] ?? me[0] ?? 'owner';
    const nameField = await fieldOfNames(content, owner[0]);
    for (const entry of content) {
      yield* metaRecords(entry, (record, place) => readRecord(record, place, { name, nameField }));
    }
    for (const entry of threads) yield* readThread(entry, 'instagram', isMe);
    for (const entry of old) yield* readBefore2020(entry, name, isMe);
  },
};

/** That among `values` by which somebody takes part in conversations; else the name of who takes part in most. */
async function nameInThreads(archive: Export, values: readonly string[]): Promise<string | undefined> {
  const threads = await participantsOf(await threadFiles(archive, 'instagram'));
  const people = new Set(threads.flat());
  return values.find((value) => people.has(value)) ?? inMostThreads(threads);
}

async function contentFiles(archive: Export): Promise<Entry[]> {
  const found: Entry[] = [];
  for (const entry of findAll(archive, INSTAGRAM_FILE)) {
    const head = await headOf(entry, 1 << 14);
    if (/"(?:creation_timestamp|string_map_data|string_list_data)"\s*:/.test(head)) found.push(entry);
  }
  return found;
}

/** What the account is called, in the languages that are known; else what can only be a user name. */
const NAME_LABELS = new Set([
  'name',
  'nombre',
  'nom',
  'nome',
  'naam',
  'namn',
  'navn',
  'imię i nazwisko',
  'imię',
  'jméno',
  'ad',
  'имя',
  '名前',
  '姓名',
  '이름',
]);
const USER_LABELS = new Set([
  'username',
  'nombre de usuario',
  'benutzername',
  'nom d’utilisateur',
  "nom d'utilisateur",
  'nome de usuário',
  'nome de utilizador',
  'nome utente',
  'gebruikersnaam',
  'användarnamn',
  'brugernavn',
  'brukernavn',
  'nazwa użytkownika',
  'uživatelské jméno',
  'kullanıcı adı',
  'имя пользователя',
  'ユーザーネーム',
  '用户名',
  '사용자 이름',
]);

interface Names {
  readonly userName: string | undefined;
  /** Undefined also where its label is in a language that is not known. */
  readonly name: string | undefined;
  /** All that the profile says. */
  readonly values: readonly string[];
}

function namesOf(profile: unknown): Names {
  const fields = z.object({ string_map_data: stringMap }).safeParse(profile).data?.string_map_data ?? {};
  const all = Object.entries(fields)
    .map(([label, { value }]) => ({ label: label.toLowerCase(), value: value.trim() }))
    .filter(({ value }) => value !== '');
  const labelled = (labels: ReadonlySet<string>) => all.find(({ label }) => labels.has(label))?.value;
  const userName =
    labelled(USER_LABELS) ??
    all.find(({ value }) => isUserName(value) && /[a-z]/.test(value) && !/^(?:true|false|none)$/.test(value))?.value;
  return { userName, name: labelled(NAME_LABELS), values: all.map(({ value }) => value) };
}

const captioned = z.object({ title: text, creation_timestamp: z.unknown().optional() });
const recordSchema = captioned.extend({
  media: listOf(captioned),
  string_map_data: stringMap.optional().catch(undefined),
});

interface Context {
  readonly name: string;
  /** Of a comment: that with whose picture it is. */
  readonly nameField: string | undefined;
}

function readRecord(value: unknown, place: string, { name, nameField }: Context): Post | Omission {
  const record = recordSchema.safeParse(value).data;
  if (!record) return { omitted: 'unreadable', place };
  if (record.string_map_data) return readComment(record.string_map_data, place, { name, nameField });
  // With one picture the caption is the picture's, with several the post's.
  const captions = [record.title, ...record.media.map(({ title }) => title)].map((caption) => caption.trim());
  const words = [...new Set(captions)].filter((caption) => caption !== '').join('\n\n');
  if (words === '') return { omitted: 'no text', place };
  const time = fromSeconds(record.creation_timestamp ?? record.media[0]?.creation_timestamp);
  return metaPost('instagram', { words, time, author: { id: name }, kind: 'post' });
}

/** Its fields are named in the language of the account: a time, what was said, and maybe to whose picture. */
function readComment(fields: StringMap, place: string, { name, nameField }: Context): Post | Omission {
  const time =
    Object.values(fields)
      .map(({ timestamp }) => fromSeconds(timestamp))
      .find((one) => one !== null) ?? null;
  const said = Object.entries(fields).filter(([field]) => field !== nameField);
  const words = said.map(([, { value }]) => value.trim()).find((value) => value !== '');
  if (words === undefined) return { omitted: 'no text', place };
  return metaPost('instagram', { words, time, author: { id: name }, kind: 'comment' });
}
