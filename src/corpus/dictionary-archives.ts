/** Texts as the exports of a blog and of X, as if somebody had posted them there: what the example persona's corpus is made of. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** In characters. */
const LONGEST_TWEET = 280;
/** The ids of X hold their time, in milliseconds after this, above their lowest 22 bits. */
const SNOWFLAKE_EPOCH = 1_288_834_974_657n;

export const WXR_FILE = 'thedevilsdictionary.wordpress.xml';
/** Unpacked: what the zip of an X archive holds. */
export const X_FOLDER = 'twitter-ambrose';

export interface Dated {
  readonly text: string;
  readonly time: Date;
}

/** Writes both exports under `folder`: each text is on X where a tweet can hold it, else on the blog. No two have one time. */
export function writeArchives(folder: string, posts: readonly Dated[]): void {
  const isTweet = ({ text }: Dated) => text.length <= LONGEST_TWEET;
  const data = path.join(folder, X_FOLDER, 'data');
  mkdirSync(data, { recursive: true });
  const account = { account: { accountId: '1842', username: 'ambrose', accountDisplayName: 'Ambrose Bierce' } };
  writeFileSync(path.join(data, 'account.js'), ytd('account', [account]));
  writeFileSync(path.join(data, 'tweets.js'), ytd('tweets', posts.filter(isTweet).map(tweet)));
  const articles = posts.filter((post) => !isTweet(post)).map(article);
  writeFileSync(path.join(folder, WXR_FILE), `${WXR_HEAD}${articles.join('')}</channel>\n</rss>\n`);
}

function ytd(name: string, items: readonly object[]): string {
  return `window.YTD.${name}.part0 = ${JSON.stringify(items, null, 2)}\n`;
}

function tweet({ text, time }: Dated): object {
  const [weekday, day, month, year, clock] = time.toUTCString().replace(',', '').split(' ');
  const id = String((BigInt(time.getTime()) - SNOWFLAKE_EPOCH) << 22n);
  return {
    tweet: {
      id_str: id,
      id,
      created_at: `${weekday} ${month} ${day} ${clock} +0000 ${year}`,
      full_text: escaped(text),
      lang: 'en',
      entities: { hashtags: [], symbols: [], user_mentions: [], urls: [] },
      edit_info: { initial: { editTweetIds: [id], editsRemaining: '5', isEditEligible: true } },
    },
  };
}

const WXR_HEAD = `<?xml version="1.0" encoding="UTF-8" ?>
<rss version="2.0"
  xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
  <title>The Devil’s Dictionary</title>
  <link>https://devil.example</link>
  <language>en</language>
  <wp:wxr_version>1.2</wp:wxr_version>
  <wp:base_blog_url>https://devil.example</wp:base_blog_url>
  <wp:author><wp:author_id>1</wp:author_id><wp:author_login>ambrose</wp:author_login><wp:author_display_name>Ambrose Bierce</wp:author_display_name></wp:author>
`;

/** Its title is the word that it defines. */
function article({ text, time }: Dated): string {
  const number = time.getTime() / 60_000; // minutes
  const blocks = text
    .split('\n\n')
    .map(
      (paragraph) =>
        `<!-- wp:paragraph -->\n<p>${escaped(paragraph).replaceAll('\n', '<br>')}</p>\n<!-- /wp:paragraph -->`,
    );
  const [title = ''] = text.split(/[,.]/);
  return `  <item>
    <title><![CDATA[${title}]]></title>
    <link>https://devil.example/?p=${number}</link>
    <dc:creator><![CDATA[ambrose]]></dc:creator>
    <content:encoded><![CDATA[${blocks.join('\n\n')}]]></content:encoded>
    <wp:post_id>${number}</wp:post_id>
    <wp:post_date_gmt>${time.toISOString().slice(0, 19).replace('T', ' ')}</wp:post_date_gmt>
    <wp:status>publish</wp:status>
    <wp:post_type>post</wp:post_type>
  </item>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
