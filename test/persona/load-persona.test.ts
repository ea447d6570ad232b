import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../src/errors.ts';
import { loadPersona, loadPersonas } from '../../src/persona/load-persona.ts';

const home = mkdtempSync(path.join(tmpdir(), 'persona-'));
after(() => rmSync(home, { recursive: true }));

function personaFolder(name: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = path.join(home, 'personas', name);
  mkdirSync(folder, { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(path.join(folder, file), content);
  return folder;
}

function refusalOf(folder: string): UserError {
  try {
    loadPersona(folder);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('The persona was accepted');
}

test('of a persona that is not there it is said how to make it, and which there are', () => {
  personaFolder('zoe', { 'persona.yaml': 'name: zoe\nmodel: starter\n' });

  const { message, hint } = refusalOf(path.join(home, 'personas', 'zoey'));

  assert.match(message, /zoey[/\\]persona\.yaml: expected the settings of a persona, found no such file/);
  assert.match(hint ?? '', /^Make it: eidolon persona new zoey; there (?:is|are): .*\bzoe$/);
});

test('the persona of the design is read: durations in milliseconds, hours in minutes, prompts in a list', () => {
  const folder = personaFolder('ambrose', {
    'persona.yaml': `
# yaml-language-server: $schema=../../schema/persona.json
name: ambrose
model: starter              # a folder under models/
language: en
account: { network: local }
schedule:
  posts:   { every: 4h, jitter: 0.5, between: 08:00-23:00, timezone: Europe/Paris }
  replies: { every: 2m, perHour: 6, perThread: 3 }
prompts: prompts.txt        # openings to write from
sampling: { temperature: 0.9, topP: 0.95, maxTokens: 80 }
quality:  { candidates: 8, keep: 5 }
undo: 90s
review: always
`,
    'prompts.txt': 'ALGORITHM, n.\n\n""\r\n  TO SCROLL, v.i.  \n',
    'corpus.jsonl': '{"text":"One."}\n',
  });

  const persona = loadPersona(folder);

  assert.deepEqual(persona, {
    name: 'ambrose',
    model: 'starter',
    device: 'auto',
    language: 'en',
    account: { network: 'local' },
    schedule: {
      posts: {
        everyMs: 14_400_000,
        jitter: 0.5,
        between: { fromMinute: 480, toMinute: 1380 },
        timezone: 'Europe/Paris',
      },
      replies: { everyMs: 120_000, perHour: 6, perThread: 3, perPerson: 5, expireAfterMs: 43_200_000 },
    },
    languages: [],
    cleaning: { links: 'remove', mentions: 'remove', hashtags: 'words', emoji: 'remove' },
    privacy: { personalData: 'replace', names: [] },
    train: { lora: {}, stages: [{ corpora: { mine: 1 } }] },
    learn: { learningRate: 2e-4, epochs: 3, seed: 1 },
    sampling: { temperature: 0.9, topK: 0, topP: 0.95, repetitionPenalty: 1, maxTokens: 80 },
    quality: { candidates: 8, keep: 5, byChance: 0.2, blind: 0.25, readers: 0.25 },
    queue: { ahead: 3, expireAfterMs: 604_800_000 },
    length: { min: 20, max: 500 },
    allow: { mentions: [], links: [], hashtags: [] },
    blocklist: [],
    allowlist: [],
    replies: { skills: ['generate', 'rule'], rules: [], remember: false },
    rules: { must: [], mustNot: [] },
    review: 'always',
    folder,
    prompts: ['ALGORITHM, n.', '', 'TO SCROLL, v.i.'],
    corpusFile: path.join(folder, 'corpus.jsonl'),
    undoMs: 90_000,
  });
});

test('a name and a model suffice: it then writes from nothing, on the local network, for review', () => {
  const persona = loadPersona(personaFolder('ada', { 'persona.yaml': 'name: ada\nmodel: starter\n' }));

  assert.deepEqual(persona.prompts, ['']);
  assert.equal(persona.corpusFile, undefined);
  assert.equal(persona.account.network, 'local');
  assert.equal(persona.review, 'always');
});

const START = 'name: broken\nmodel: starter\n';
const broken: readonly [story: string, yaml: string | Uint8Array, message: RegExp, hint: RegExp][] = [
  [
    'a device that there is none of',
    `${START}device: gpu\n`,
    /:3:1: device: expected "auto" or "cpu" or "webgpu" or "cuda" or "directml" or "coreml", found "gpu"$/,
    /./,
  ],
  ['an empty file', '', /:1:1: expected settings, found an empty file/, /name and model/],
  ['a file of comments', '# later\n', /:1:1: expected settings, found an empty file/, /name and model/],
  ['a binary file', Uint8Array.of(0x6e, 0, 1, 2), /:1:1: expected UTF-8 text, found binary data/, /UTF-8/],
  ['another encoding', Uint8Array.of(0x6e, 0xe9, 0x0a), /:1:1: expected UTF-8 text, found other bytes/, /UTF-8/],
  ['a list', '- name\n', /:1:1: persona\.yaml: expected settings, found \["name"\]/, /schema/],
  ['a tab for indentation', `${START}length:\n\tmin: 3\n`, /:4:1: Tabs are not allowed/, /spaces/],
  ['an open bracket', `${START}length: { min: 3\n`, /:4:1: .*end with a \}/, /brackets/],
  ['a setting given twice', `${START}name: other\n`, /:3:1: Map keys must be unique/, /one of the two/],
  ['an unknown tag', `${START}undo: !!timer 3m\n`, /:3:7: Unresolved tag/, /quotes/],
  ['an alias to nothing', `${START}undo: *later\n`, /:3:7: .*the alias \*later of nothing/, /quotes/],
  ['a typo', `${START}samplng: { topP: 1 }\n`, /:3:1: samplng: unknown setting/, /Did you mean sampling\?/],
  [
    'a typo inside',
    `${START}sampling:\n  topp: 0.5\n`,
    /:4:3: sampling\.topp: unknown setting/,
    /Did you mean sampling\.topP\?/,
  ],
  [
    'a setting in the wrong place',
    `${START}temperature: 1\n`,
    /:3:1: temperature: unknown setting/,
    /Did you mean sampling\.temperature\?/,
  ],
  ['a setting like no other', `${START}undo: 2m\nzzzzzzzz: 1\n`, /:4:1: zzzzzzzz: unknown/, /Known here: name, model/],
  ['no model', 'name: broken\n', /:1:1: model: expected text, found nothing/, /schema/],
  ['no value', `${START}schedule:\n`, /:3:1: schedule: expected settings, found nothing/, /schema/],
  [
    'a text for a number',
    `${START}sampling: { temperature: hot }\n`,
    /:3:13: sampling\.temperature: expected a number, found "hot"/,
    /schema/,
  ],
  [
    'a number out of range',
    `${START}sampling: { topP: 3 }\n`,
    /:3:13: sampling\.topP: expected at most 1, found 3/,
    /./,
  ],
  ['a part of a whole', `${START}quality: { keep: 2.5 }\n`, /quality\.keep: expected a whole number, found 2\.5/, /./],
  ['a duration without a unit', `${START}undo: 120\n`, /:3:1: undo: expected a duration such as .*, found 120/, /./],
  ['a wild duration', `${START}undo: 2 fortnights\n`, /undo: expected a duration such as .* found "2 fort/, /./],
  [
    'a posting rhythm of milliseconds',
    `${START}schedule: { posts: { every: 0s } }\n`,
    /schedule\.posts\.every: expected a duration between 1s and 366d, found "0s"/,
    /./,
  ],
  [
    'hours that are none',
    `${START}schedule: { posts: { between: 8-25 } }\n`,
    /posts\.between: expected hours such as 08:00-23:00, found "8-25"/,
    /./,
  ],
  [
    'hours of no length',
    `${START}schedule: { posts: { between: 08:00-08:00 } }\n`,
    /posts\.between: expected hours that end later/,
    /./,
  ],
  [
    'a time zone that nobody lives in',
    `${START}schedule: { posts: { timezone: Mars/Olympus } }\n`,
    /timezone: expected a time zone of the IANA list .*, found "Mars\/Olympus"/,
    /./,
  ],
  [
    'more kept than written',
    `${START}quality: { candidates: 2, keep: 5 }\n`,
    /:3:1: quality: expected `keep` to be at most `candidates`/,
    /./,
  ],
  ['a length upside down', `${START}length: { min: 9, max: 3 }\n`, /length: expected `min` to be at most `max`/, /./],
  [
    'an unknown review',
    `${START}review: sometimes\n`,
    /review: expected "always", or { falseAccepts: 0.05 }, found "sometimes"/,
    /./,
  ],
  ['a share of errors beyond all', `${START}review: { falseAccepts: 5 }\n`, /review/, /./],
  ['a blocklist of one text', `${START}blocklist: spam\n`, /blocklist: expected a list, .* found "spam"/, /./],
  [
    'an unknown network',
    `${START}account: { network: myspace, server: https://example.social, token: BROKEN_TOKEN }\n`,
    /:3:12: account\.network: expected "local", "mastodon", "x" or "bluesky", found "myspace"/,
    /./,
  ],
  ['a path for a model', 'name: broken\nmodel: ../gpt2\n', /:2:1: model: expected the name of a folder/, /./],
  ['a path for a corpus', `${START}corpus: /etc/passwd\n`, /corpus: expected the name of a file in the per/, /./],
  ['a path for prompts', `${START}prompts: ../other\n`, /prompts: expected the name of a file in the per/, /./],
  ['missing prompts', `${START}prompts: none.txt\n`, /:3:1: prompts: .* found no none\.txt/, /remove `prompts`/],
  ['a missing corpus', `${START}corpus: none.txt\n`, /:3:1: corpus: .* found no none\.txt/, /remove `corpus`/],
  [
    'a foreign name',
    'model: a\nname: ada\n',
    /:2:1: name: expected the folder's name, "broken", found "ada"/,
    /Rename/,
  ],
];

for (const [story, yaml, message, hint] of broken) {
  test(`${story} is refused in one line with place and remedy`, () => {
    const folder = personaFolder('broken', { 'persona.yaml': yaml });

    const refusal = refusalOf(folder);

    assert.ok(refusal.message.startsWith(path.join(folder, 'persona.yaml')), refusal.message);
    assert.match(refusal.message, message);
    assert.match(refusal.hint ?? '', hint);
    assert.doesNotMatch(`${refusal.message}${refusal.hint}`, /\n/);
  });
}

for (const key of ['token', 'accessToken', 'client_secret', 'password', 'apiKey']) {
  test(`a secret written as ${key} is refused without being repeated`, () => {
    const folder = personaFolder('broken', {
      'persona.yaml': `${START}account: { network: mastodon, ${key}: s3cr3t-Zugang }\n`,
    });

    const refusal = refusalOf(folder);

    assert.match(refusal.message, /:3:\d+: \w+ is the NAME of an environment variable/);
    assert.doesNotMatch(`${refusal.message} ${refusal.hint}`, /s3cr3t/);
  });
}

test('openings that are empty, too long or not text are refused with the line', () => {
  const withPrompts = (prompts: string | Uint8Array) =>
    personaFolder('broken', {
      'persona.yaml': `${START}prompts: prompts.txt\nlength: { max: 30 }\n`,
      'prompts.txt': prompts,
    });

  assert.match(refusalOf(withPrompts('\n \n')).message, /prompts\.txt:1:1: expected openings, found none/);
  assert.match(
    refusalOf(withPrompts(`ok\n${'long '.repeat(9)}\n`)).message,
    /prompts\.txt:2:1: .*shorter .*30 .*found 44/,
  );
  assert.match(refusalOf(withPrompts(Uint8Array.of(0, 1))).message, /prompts\.txt:1:1: .*found binary data/);
});

test('a broken persona is named and does not stop the others; files and hidden folders are no personas', () => {
  rmSync(path.join(home, 'personas'), { recursive: true });
  personaFolder('ben', { 'persona.yaml': 'name: ben\nmodel: starter\n' });
  personaFolder('ada', { 'persona.yaml': 'name: ada\nmodel: starter\n' });
  personaFolder('cyd', { 'persona.yaml': 'name: cyd\n' });
  personaFolder('dee', {});
  personaFolder('.trash', {});
  writeFileSync(path.join(home, 'personas', 'README.md'), 'notes');

  const { personas, broken } = loadPersonas(home);

  assert.deepEqual(
    personas.map(({ name }) => name),
    ['ada', 'ben'],
  );
  assert.deepEqual(
    broken.map(({ name }) => name),
    ['cyd', 'dee'],
  );
  assert.match(broken[1]?.error.message ?? '', /dee\/persona\.yaml: expected the settings of a persona/);
});

test('a home without personas has none', () => {
  assert.deepEqual(loadPersonas(path.join(home, 'nowhere')), { personas: [], broken: [] });
});

test('whatever stands in persona.yaml, it is read or refused in one line, never a crash', () => {
  const key = fc.constantFrom('name', 'model', 'schedule', 'sampling', 'review', 'undo', 'x', '*a', '&a', '!!t', '<<');
  const value = fc.constantFrom(
    '1',
    'a',
    '[',
    '{',
    '}',
    '{ a: 1 }',
    '[1]',
    '*a',
    '&a',
    '"',
    '|',
    '\t',
    '~',
    ': ',
    '!!js x',
  );
  const line = fc.oneof(
    fc.tuple(fc.constantFrom('', '  ', '\t', '- '), key, value).map(([indent, k, v]) => `${indent}${k}: ${v}`),
    fc.string({ unit: 'grapheme' }),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const folder = personaFolder('broken', { 'persona.yaml': lines.join('\n') });

      const refusal = refusalOf(folder);

      assert.doesNotMatch(refusal.message, /\n/);
      assert.match(refusal.message, /persona\.yaml:\d+:\d+: /);
    }),
    { numRuns: 500 },
  );
});
