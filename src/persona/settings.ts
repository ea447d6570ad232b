import { z } from 'zod';
import { isCron } from './cron.ts';
import { DEVICE_SETTINGS } from './device.ts';
import { DURATION_PATTERN, parseDuration } from './duration.ts';
import { REPLY_SKILLS } from './reply-skills.ts';
import { isRulePattern } from './rules.ts';
import { parseTimeWindow, TIME_WINDOW_PATTERN } from './time-window.ts';

/** Messages complete "expected …": the reader of a broken file is then told what was found, and where. */
const duration = z
  .string('a duration such as 30s, 2m, 4h or 7d')
  .regex(DURATION_PATTERN, 'a duration such as 30s, 2m, 4h or 7d')
  .transform(parseDuration);

const period = duration.refine((ms) => ms >= 1000 && ms <= 366 * 86_400_000, 'a duration between 1s and 366d');

const timeWindow = z
  .string('hours such as 08:00-23:00')
  .regex(TIME_WINDOW_PATTERN, 'hours such as 08:00-23:00')
  .transform(parseTimeWindow)
  .refine(({ fromMinute, toMinute }) => fromMinute !== toMinute, 'hours that end later than they begin');

const timezone = z
  .string('a time zone such as Europe/Paris')
  .refine(isTimezone, 'a time zone of the IANA list such as Europe/Paris');

const language = z
  .string('a language tag such as en or pt-BR')
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'a language tag such as en or pt-BR');

const FOLDER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const folderFile = z
  .string("the name of a file in the persona's folder")
  .regex(FOLDER_NAME, "the name of a file in the persona's folder, without a path");

const posts = z
  .strictObject({
    every: period.prefault('4h').describe('How often to write, on average: 30s, 2m, 4h, 7d'),
    jitter: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe('How far a post may stray from its time, as a share of `every`'),
    between: timeWindow
      .prefault('08:00-23:00')
      .describe('Waking hours in the time zone; past midnight is fine: 18:00-02:00'),
    timezone: timezone.default('UTC').describe('A time zone of the IANA list, such as Europe/Paris'),
    cron: z
      .string('five fields such as "0 9 * * mon-fri"')
      .refine(isCron, 'five fields such as "0 9 * * mon-fri", of which a time comes')
      .optional()
      .describe('Times to post by the fields of cron: minute, hour, day, month, weekday; `every` does not count then'),
    bestHours: z
      .int()
      .min(1)
      .max(24)
      .optional()
      .describe('So many posts a day, in the hours in which they are taken best; `every` does not count then'),
  })
  .refine(({ cron, bestHours }) => cron === undefined || bestHours === undefined, 'either `cron` or `bestHours`')
  .transform(({ every, ...rest }) => ({ everyMs: every, ...rest }));

const replies = z
  .strictObject({
    every: period.prefault('2m').describe('How often to look for mentions'),
    perHour: z.int().min(0).max(1000).default(6).describe('At most so many replies an hour'),
    perThread: z.int().min(0).max(100).default(3).describe('At most so many replies in one conversation'),
    perPerson: z.int().min(0).max(100).default(5).describe('At most so many replies to one person in 24 hours'),
    expireAfter: period
      .prefault('12h')
      .describe('A mention that waited so long is not answered, and a reply that nobody decided on is dropped'),
  })
  .transform(({ every, expireAfter, ...rest }) => ({ everyMs: every, expireAfterMs: expireAfter, ...rest }));

const sampling = z.strictObject({
  temperature: z.number().min(0).max(5).default(0.9).describe('0: always the likeliest token; 1: as the model learned'),
  topK: z.int().min(0).default(0).describe('Draw from the K likeliest tokens; 0: from all'),
  topP: z
    .number()
    .gt(0)
    .max(1)
    .default(0.95)
    .describe('Draw from the likeliest tokens that hold this share of probability'),
  repetitionPenalty: z.number().min(1).max(10).default(1).describe('Above 1: tokens already used become less likely'),
  maxTokens: z.int().min(1).max(1024).default(80).describe('At most so many tokens are written after the opening'),
});

const quality = z
  .strictObject({
    candidates: z.int().min(1).max(64).default(8).describe('Texts written for one draft'),
    keep: z.int().min(1).max(5).default(5).describe('Texts shown to you, the best first; each has a key, 1 to 5'),
    byChance: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe(
        'Of the texts shown, the share drawn by chance instead of by score: what it thinks little of teaches too',
      ),
    blind: z
      .number()
      .min(0)
      .max(1)
      .default(0.25)
      .describe('The share of drafts shown without scores and in no order: only these measure what it has learned'),
    readers: z
      .number()
      .min(0)
      .max(1)
      .default(0.25)
      .describe(
        'What likes, boosts and replies of the best taken post say for its opening, in decisions of yours, and those of the worst against it; 0: nothing. Readers teach nothing else',
      ),
  })
  .refine(({ candidates, keep }) => keep <= candidates, '`keep` to be at most `candidates`');

const queue = z
  .strictObject({
    ahead: z.int().min(1).max(100).default(3).describe('Drafts to have ready'),
    expireAfter: period
      .prefault('7d')
      .describe('A draft that nobody decided on, or that could not be sent, is dropped after this time'),
  })
  .transform(({ expireAfter, ...rest }) => ({ ...rest, expireAfterMs: expireAfter }));

const length = z
  .strictObject({
    min: z.int().min(1).default(20).describe('Characters of the shortest post'),
    max: z.int().min(1).max(100_000).default(500).describe("Characters of the longest post: the network's limit"),
  })
  .refine(({ min, max }) => min <= max, '`min` to be at most `max`');

const strings = z.array(z.string().trim().min(1, 'a text that is not empty'));

const allow = z.strictObject({
  mentions: strings
    .default([])
    .describe('Accounts it may name, such as "@ada@example.social"; every other mention is removed'),
  links: strings.default([]).describe('Hosts it may link to, such as "example.org"; every other link is removed'),
  hashtags: strings.default([]).describe('Hashtags it may use, such as "#wordplay"; every other one is removed'),
});

const rulePatterns = z
  .array(
    z
      .string()
      .min(1)
      .max(500)
      .refine(isRulePattern, 'a pattern of RE2 such as "\\\\bn\\\\. [A-Z]"; it has no lookaround and no backreference'),
  )
  .max(100)
  .default([]);

const replySkills = z.strictObject({
  skills: z
    .array(z.enum(REPLY_SKILLS, `one of ${REPLY_SKILLS.join(', ')}`))
    .min(1, 'at least one skill')
    .default(['generate', 'rule'])
    .describe(
      'How answers are found: generate (the model writes), retrieve (your closest earlier answer), rule (below)',
    ),
  rules: z
    .array(
      z.strictObject({
        when: z
          .string()
          .min(1)
          .max(500)
          .refine(
            isRulePattern,
            'a pattern of RE2 such as "are you (a )?bot"; it has no lookaround and no backreference',
          )
          .describe('A pattern of RE2, whatever the case, that what is answered matches'),
        say: z
          .array(z.string().trim().min(1, 'a text that is not empty').max(5000))
          .min(1, 'at least one text')
          .describe('What may be said then, in your own words'),
        confidence: z.number().min(0).max(1).default(1).describe('How sure it is, beside other ways to answer'),
      }),
    )
    .max(100)
    .default([]),
  remember: z
    .boolean()
    .default(false)
    .describe(
      'Whether an answer reads what was said last in an earlier conversation with the same person, where there is room; on networks only what everyone could read',
    ),
});

const rules = z.strictObject({
  must: rulePatterns.describe('Each text must match all of these'),
  mustNot: rulePatterns.describe('No text may match any of these'),
});

const cleaning = z.strictObject({
  links: z
    .enum(['remove', 'keep'])
    .default('remove')
    .describe('Links in its texts; those of `allow.links` always stay'),
  mentions: z
    .enum(['remove', 'keep'])
    .default('remove')
    .describe('Accounts named in its texts; those of `allow.mentions` always stay'),
  hashtags: z
    .enum(['words', 'keep', 'remove'])
    .default('words')
    .describe('words: "#rain" in a sentence becomes "rain", and rows of hashtags at an end go; `allow.hashtags` stay'),
  emoji: z
    .enum(['remove', 'keep'])
    .default('remove')
    .describe("A server's own emoji, written :blobcat:; those of Unicode always stay"),
});

const privacy = z.strictObject({
  personalData: z
    .enum(['replace', 'drop'])
    .default('replace')
    .describe('replace: addresses, numbers, keys and `names` become "…"; drop: the whole text goes'),
  names: strings.default([]).describe('Names of people that no text of the corpus may hold, and no post'),
});

const stage = z
  .strictObject({
    corpora: z
      .record(z.string(), z.number().positive())
      .refine((shares) => Object.keys(shares).length > 0, 'a corpus and its share, such as { mine: 1 }')
      .describe('What is read together, each corpus with its share: { mine: 3, bierce: 1 }'),
    epochs: z.number().positive().optional().describe('At most so many times through; the best look ends it'),
    steps: z.int().positive().optional().describe('Or so many steps'),
  })
  .refine(({ epochs, steps }) => epochs === undefined || steps === undefined, 'either `epochs` or `steps`');

/** Nothing is filled in here: a training tells what persona.yaml says from what is its own custom (src/training/defaults.ts). */
const lora = z.strictObject({
  r: z.int().min(1).max(512).optional().meta({ description: 'Rank: how much the adapter can hold', default: 8 }),
  alpha: z.number().positive().optional().meta({ description: 'The adapter counts alpha / r', default: 16 }),
  dropout: z
    .number()
    .min(0)
    .max(0.9)
    .optional()
    .meta({ description: 'Share of its inputs left out at random in each step', default: 0.05 }),
  targets: z
    .array(z.string())
    .min(1)
    .optional()
    .meta({
      description: 'The layers it stands beside, by their names or the ends of these',
      default: ['c_attn', 'c_proj', 'c_fc'],
    }),
});

const hours = (when: string) =>
  z
    .strictObject({
      every: period.prefault('7d').describe(`At most so often. ${when}`),
      between: timeWindow
        .prefault('01:00-06:00')
        .describe('The hours in which the daemon may do it; at their end it stops, and goes on in the next ones'),
      timezone: timezone.default('UTC').describe('A time zone of the IANA list, such as Europe/Paris'),
    })
    .transform(({ every, ...rest }) => ({ ...rest, everyMs: every }));

const training = z.strictObject({
  from: z
    .string()
    .regex(FOLDER_NAME, 'the name of a folder under models/')
    .optional()
    .describe("The model to begin from; without it, the persona's model or what that was trained from"),
  method: z
    .enum(['full', 'lora'])
    .optional()
    .meta({ description: 'full: every weight moves; lora: a small adapter learns', default: 'full' }),
  lora: lora.prefault({}),
  learningRate: z
    .number()
    .positive()
    .max(1)
    .optional()
    .describe('The highest rate of the schedule; without it, the custom for method and size'),
  epochs: z
    .number()
    .positive()
    .max(1000)
    .optional()
    .meta({ description: 'At most so many times through, where a stage does not say', default: 10 }),
  seed: z.int().min(0).max(1_000_000).optional().meta({ default: 1 }),
  stages: z
    .array(stage)
    .min(1)
    .prefault([{ corpora: { mine: 1 } }])
    .describe('What it learns in order: the corpora of each stage by name, `mine` being its own'),
  nights: hours('Only when the corpus has changed')
    .optional()
    .describe('When the daemon trains by itself; without it, only you do, by `eidolon train`'),
});

/** As docs/learning.md has them. */
export const LEARNING = { learningRate: 2e-4, epochs: 3, seed: 1 } as const;

const learning = z.strictObject({
  learningRate: z
    .number()
    .positive()
    .max(1)
    .default(LEARNING.learningRate)
    .describe('The highest rate of the schedule'),
  epochs: z
    .number()
    .min(1)
    .max(3)
    .default(LEARNING.epochs)
    .describe('At most so many times through; the best look ends it'),
  seed: z.int().min(0).max(1_000_000).default(LEARNING.seed),
  nights: hours('Only when something was decided since')
    .optional()
    .describe('When the daemon learns by itself; without it, only you do, by `eidolon learn`'),
});

const review = z
  .union(
    [
      z.literal('always'),
      z.strictObject({
        falseAccepts: z
          .number()
          .gt(0)
          .max(0.5)
          .describe('The share of wrong approvals that you will bear: 0.05 is one in twenty'),
      }),
    ],
    '"always", or { falseAccepts: 0.05 }',
  )
  .default('always')
  .describe(
    'Who decides what is posted. always: you. falseAccepts: the program approves by itself what it has earned to, by blind decisions',
  );

const VARIABLE = /^[A-Z][A-Z0-9_]*$/;
const variable = (holds: string, name: string) =>
  z
    .string(`the NAME of a variable in .env, such as ${name}`)
    .regex(VARIABLE, `the NAME of a variable in .env, such as ${name}`)
    .describe(`The variable in .env that holds ${holds}, such as ${name}`);

const server = (example: string) =>
  z
    .string(`the address of a server, such as ${example}`)
    .refine(isServer, `the address of a server that begins with https://, such as ${example}`)
    .transform((address) => address.replace(/\/+$/, ''));

const visibility = z.enum(['public', 'unlisted', 'followers', 'direct']);

const budget = z
  .strictObject({
    postsPerDay: z.int().min(0).optional().describe('At most so many posts and replies in 24 hours'),
    postsPerMonth: z.int().min(0).optional().describe('And so many in a calendar month (UTC)'),
    readsPerDay: z.int().min(0).optional().describe('At most so many posts read in 24 hours'),
    readsPerMonth: z.int().min(0).optional().describe('And so many in a calendar month (UTC)'),
    dollarsPerMonth: z.number().min(0).optional().describe('At most so much money in a calendar month (UTC)'),
  })
  .describe('What it may use up; it slows down before the end of it');

const replySettings = z.enum(['following', 'mentioned']).optional().describe('Who may reply; without it, everyone');

const threads = z
  .union([z.boolean(), z.int().min(2).max(25)], 'true, false or the most posts of a thread, between 2 and 25')
  .optional()
  .describe('Whether a text that is longer than a post becomes a thread, and of how many posts at most');

const outgoing = {
  visibility: visibility.optional().describe("Who sees its posts; without it, the account's own setting"),
  replyVisibility: visibility
    .default('unlisted')
    .describe('Who sees its replies, never more than see what they answer'),
  contentWarning: z.string().trim().min(1).optional().describe('A warning before each post'),
  threads,
  budget: budget.prefault({}),
};

const account = z.discriminatedUnion(
  'network',
  [
    z.strictObject({ network: z.literal('local').describe('A timeline on this machine') }),
    z.strictObject({
      network: z.literal('mastodon'),
      server: server('https://mastodon.social').describe('Its server, such as https://mastodon.social'),
      token: variable('its access token', 'ADA_MASTODON_TOKEN'),
      ...outgoing,
    }),
    z
      .strictObject({
        network: z.literal('x'),
        appKey: variable('the API key of the app (OAuth 1.0a)', 'ADA_X_APP_KEY').optional(),
        appSecret: variable('the API key secret of the app', 'ADA_X_APP_SECRET').optional(),
        accessToken: variable('the access token of the account', 'ADA_X_ACCESS_TOKEN').optional(),
        accessSecret: variable('the access token secret', 'ADA_X_ACCESS_SECRET').optional(),
        clientId: variable('the client id of the app (OAuth 2)', 'ADA_X_CLIENT_ID').optional(),
        clientSecret: variable('the client secret, where the app has one', 'ADA_X_CLIENT_SECRET').optional(),
        token: variable('the access token of OAuth 2', 'ADA_X_TOKEN').optional(),
        refreshToken: variable('the refresh token of OAuth 2', 'ADA_X_REFRESH_TOKEN').optional(),
        replySettings,
        threads,
        server: server('https://api.x.com').optional().describe("Another address than X's own, for trying things out"),
        budget: budget.prefault({}),
      })
      .refine(
        ({ appKey, appSecret, accessToken, accessSecret, clientId, token, refreshToken }) =>
          [appKey, appSecret, accessToken, accessSecret].every(Boolean) ||
          [clientId, token, refreshToken].every(Boolean),
        'either appKey, appSecret, accessToken and accessSecret (OAuth 1.0a), or clientId, token and refreshToken (OAuth 2)',
      ),
    z.strictObject({
      network: z.literal('bluesky'),
      server: server('https://bsky.social').prefault('https://bsky.social').describe('Its server (PDS)'),
      handle: z
        .string('a handle such as ada.bsky.social')
        .regex(/^([a-z0-9-]+\.)+[a-z][a-z0-9-]*$/i, 'a handle such as ada.bsky.social, without @')
        .describe('Its handle, such as ada.bsky.social'),
      password: variable('an app password', 'ADA_BLUESKY_PASSWORD'),
      replySettings,
      contentWarning: z
        .enum(['sexual', 'nudity', 'porn', 'graphic-media'])
        .optional()
        .describe('The label of each post'),
      threads,
      budget: budget.prefault({}),
    }),
  ],
  '"local", "mastodon", "x" or "bluesky"',
);

export type AccountSettings = z.output<typeof account>;
export type NetworkName = AccountSettings['network'];

/** persona.yaml: its defaults, its checks, its type and (through json-schema.ts) what editors know of it. */
export const settingsSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'a name of small letters, digits and hyphens')
    .describe("The name of the persona's folder"),
  model: z.string().regex(FOLDER_NAME, 'the name of a folder under models/').describe('A folder under models/'),
  device: z
    .enum(DEVICE_SETTINGS)
    .default('auto')
    .describe('What its model runs on; auto: the quickest that computes what the CPU does, measured once'),
  language: language.default('en').describe('The language it writes'),
  account: account.prefault({ network: 'local' }).describe('Where its posts go, and with which credentials'),
  schedule: z.strictObject({ posts: posts.prefault({}), replies: replies.prefault({}) }).prefault({}),
  prompts: folderFile
    .optional()
    .describe('A file of openings to write from, one a line; "" stands for none. Without it: from nothing'),
  corpus: folderFile
    .optional()
    .describe('The texts it learned from, which it must not copy. Without it: corpus.jsonl where there is one'),
  languages: z
    .array(language)
    .default([])
    .describe('The languages whose texts `corpus build` keeps, such as [en, fr]; none: all'),
  cleaning: cleaning.prefault({}).describe('What `corpus build` does with what only makes sense on a network'),
  privacy: privacy.prefault({}).describe('What `corpus build` keeps out of the corpus'),
  train: training.prefault({}).describe('How `eidolon train` makes a model of the corpus'),
  learn: learning.prefault({}).describe('How `eidolon learn` teaches it what its owner approved'),
  sampling: sampling.prefault({}),
  quality: quality.prefault({}),
  queue: queue.prefault({}),
  length: length.prefault({}),
  allow: allow.prefault({}),
  blocklist: strings.default([]).describe('Words and phrases it must never write'),
  allowlist: strings.default([]).describe('Words that no list of slurs may stop, where one sees what is not there'),
  replies: replySkills.prefault({}).describe('How it finds answers to what is said to it'),
  rules: rules.prefault({}).describe('What each text must or must not hold, as patterns of RE2, whatever the case'),
  undo: duration
    .refine((ms) => ms <= 86_400_000, 'a duration of at most 24h')
    .prefault('2m')
    .describe('Time between your approval and publishing, in which you can take it back'),
  review,
});

export type Settings = z.output<typeof settingsSchema>;

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Without a path, and only over TLS; plain http never leaves this machine. */
function isServer(text: string): boolean {
  const url = URL.parse(text);
  if (!url || url.username + url.password + url.search + url.hash !== '' || url.pathname !== '/') return false;
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
}
