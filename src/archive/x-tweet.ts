/** One tweet of an archive of X, and which of its words are its author's own. */
import { type Bare, isBare, listIn, objectIn, textIn } from './bare-fields.ts';
import { unescapeOnce } from './escaped-text.ts';
import { fromMilliseconds, fromZoned } from './instant.ts';
import { fromNamedMonth } from './named-month.ts';

export interface Tweet {
  readonly id: string;
  readonly time: string | null;
  /** As in the archive: escaped, with t.co links. */
  readonly text: string;
  readonly source: string;
  readonly language: string;
  readonly replyTo: string;
  readonly replyToUser: string;
  /** Code points at the beginning that only say whom it answers; undefined before 2016. */
  readonly addressLength: number | undefined;
  readonly links: ReadonlyMap<string, string>;
  /** The ids of its versions, the first one first; just its own where it was never edited. */
  readonly versions: readonly string[];
  readonly isRetweet: boolean;
}

/** Null where `value` is no tweet. Each stands by itself or in an object of its own. */
export function parseTweet(value: unknown): Tweet | null {
  if (!isBare(value)) return null;
  const tweet = isBare(value.tweet) ? value.tweet : value;
  const id = textIn(tweet, 'id_str') || textIn(tweet, 'id');
  if (!/^\d+$/.test(id)) return null;
  const words = textIn(tweet, 'full_text') || textIn(tweet, 'text');
  const addressLength = Number(listIn(tweet, 'display_text_range')[0]);
  return {
    id,
    time: timeOf(textIn(tweet, 'created_at'), id),
    text: words,
    source: textIn(tweet, 'source')
      .slice(0, 500)
      .replace(/<[^>]*>/g, ''),
    language: textIn(tweet, 'lang'),
    replyTo: textIn(tweet, 'in_reply_to_status_id_str') || textIn(tweet, 'in_reply_to_status_id'),
    replyToUser: textIn(tweet, 'in_reply_to_user_id_str') || textIn(tweet, 'in_reply_to_user_id'),
    addressLength: Number.isInteger(addressLength) && addressLength >= 0 ? addressLength : undefined,
    links: linksOf(tweet),
    versions: versionsOf(objectIn(tweet, 'edit_info'), id),
    isRetweet: isBare(tweet.retweeted_status) || /^RT @\w+:? /.test(words),
  };
}

/** Most tweets have none. */
const NO_LINKS = new Map<string, string>();

/** What each short link stands for; '' for pictures. */
function linksOf(tweet: Bare): ReadonlyMap<string, string> {
  let links = NO_LINKS;
  const add = (link: unknown, meaning: (link: Bare) => string) => {
    if (isBare(link)) links = (links === NO_LINKS ? new Map() : links).set(textIn(link, 'url'), meaning(link));
  };
  for (const name of ['entities', 'extended_entities']) {
    const holder = objectIn(tweet, name);
    for (const link of listIn(holder, 'urls')) add(link, (it) => textIn(it, 'expanded_url') || textIn(it, 'url'));
    for (const picture of listIn(holder, 'media')) add(picture, () => '');
  }
  return links;
}

function versionsOf(info: Bare, own: string): readonly string[] {
  const initial = listIn(objectIn(info, 'initial'), 'editTweetIds');
  if (info.edit === undefined && initial.length === 1 && initial[0] === own) return [own];
  const edit = objectIn(info, 'edit');
  const listed = [
    ...listIn(objectIn(edit, 'editControlInitial'), 'editTweetIds'),
    ...initial,
    edit.initialTweetId,
  ].filter((id) => typeof id === 'string');
  return listed.length < 2 && (listed[0] ?? own) === own ? [own] : [...new Set([...listed, own])].sort(byAge);
}

/** Ids are numbers that grow, too large for numbers. */
export function byAge(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

const FIRST_TWEET = '2006-03-21';
/** From here on an id holds its time, in milliseconds after the epoch below, above its lowest 22 bits. */
const FIRST_SNOWFLAKE = 29_700_859_247n;
const SNOWFLAKE_EPOCH = 1_288_834_974_657n;

/** What the tweet says, unless that is before there were any: some archives have such years. */
export function timeOf(createdAt: string, tweetId: string): string | null {
  const said = fromNamedMonth(createdAt) ?? fromZoned(createdAt.replace(/ ([+-]\d{4}|Z)$/, '$1'));
  if (said !== null && said >= FIRST_TWEET && !isMidnight(said)) return said;
  const number = /^\d{1,19}$/.test(tweetId) ? BigInt(tweetId) : 0n;
  if (number > FIRST_SNOWFLAKE) return fromMilliseconds(Number((number >> 22n) + SNOWFLAKE_EPOCH));
  return said !== null && said >= FIRST_TWEET ? said : null;
}

/** Archives from before 2018 have the day alone for some tweets. */
function isMidnight(time: string): boolean {
  return time.endsWith('T00:00:00.000Z');
}

/** By share buttons and machines, not by the owner's hand. */
const AUTOMATIC_SOURCE =
  /^(?:IFTTT|dlvr\.it|twitterfeed|Paper\.li|Crowdfire.*|JustUnfollow|Unfollowers.*|fllwrs|Tweet Old Post|Buffer Bot|Foursquare|Swarm.*|Runkeeper|Endomondo.*|Nike.*|Strava|GetGlue|Last\.fm.*|Spotify|YouTube.*|Google|Facebook|WordPress\.com|Tumblr|Instagram|Mastodon-Twitter Crossposter|Moa Bridge)$/i;
const AUTOMATIC_TEXT =
  /^I (?:liked|added) an? @?YouTube video|^(?:Just posted a (?:photo|video)|I posted \d+ photos on Facebook)\b/i;
const SHARED = /https?:\/\/\S+ (?:via|von|por|par|da) @\w+\s*$|^Check out .* (?:via|on) @\w+/i;

/** Why a tweet is not the owner's own words at all; undefined when they are. */
export function reasonToOmit(tweet: Tweet): string | undefined {
  if (tweet.isRetweet) return 'retweet';
  if (AUTOMATIC_SOURCE.test(tweet.source) || AUTOMATIC_TEXT.test(tweet.text)) return 'automatic post';
  if (SHARED.test(tweet.text)) return 'shared by a button';
  return undefined;
}

/** The author's words: without whom they answer, media links and quotations, with links as they were meant. */
export function ownWords(tweet: Tweet, longText?: string): string {
  const address = addressOf(tweet);
  const long = longText?.startsWith(address) ? longText.slice(address.length) : longText;
  // Only the short form is escaped, and only once.
  const words = long ?? unescapeOnce(tweet.text.slice(address.length));
  return withoutQuotations(expandLinks(words, tweet.links)).trim();
}

const HANDLES = /^(?:@\w{1,20}\s+)+/;

/** The handles at the beginning of a reply: the service put them there. */
function addressOf(tweet: Tweet): string {
  if (tweet.replyTo === '' && tweet.replyToUser === '') return '';
  const handles = HANDLES.exec(tweet.text)?.[0] ?? '';
  if (tweet.addressLength === undefined) return handles;
  return [...handles].slice(0, tweet.addressLength).join('');
}

const SHORT_LINK = /https?:\/\/t\.co\/\w+/g;

/** Each t.co link as what it stands for; by text, as positions count code points of another form of the text. */
export function expandLinks(words: string, links: ReadonlyMap<string, string>): string {
  return words.replace(SHORT_LINK, (short) => links.get(short) ?? short);
}

const QUOTED_POST = /https?:\/\/(?:www\.|mobile\.)?(?:twitter|x)\.com\/\w+\/status(?:es)?\/\d+(?:\?\S*)?(?:\s*…)?$/i;
/** `So true! RT @bob: what bob said`, as people quoted before there was a button. */
const MANUAL_RETWEET = /(?:^|\s)(?:RT|MT):? @\w+:?\s[\s\S]*$/;
const MANUAL_QUOTE = /[“"]@\w+:[^“”"]*(?:[”"]|$)/g;

function withoutQuotations(words: string): string {
  return words.trim().replace(QUOTED_POST, '').replace(MANUAL_RETWEET, '').replace(MANUAL_QUOTE, '');
}
