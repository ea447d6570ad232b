/** Texts that a program wrote in its owner's name, by their beginnings and by what only programs write. */
const AUTOMATIC: readonly RegExp[] = [
  /^I (?:liked|added|favorited|favourited) an? (?:@?YouTube )?video\b/i,
  /^(?:I )?(?:just )?(?:posted|uploaded) (?:a (?:new )?(?:photo|video|picture)|\d{1,5} (?:new )?photos?)\b.{0,40}$/i,
  /^I'm (?:at|in) .{1,120}(?:\bw\/ |\(@|\[pic\]|4sq\.com|swarmapp)/i,
  /^I (?:just )?(?:became|ousted|am now) .{0,60}\bmayor of\b/i,
  /^(?:I )?(?:just )?(?:ran|walked|cycled|biked|rode|swam|finished|completed|went for) .{0,80}\b\d{1,4}(?:[.,]\d{1,3})? ?(?:km|mi|miles|kilomet(?:er|re)s)\b.{0,80}(?:with|using|on|#) ?(?:@?runkeeper|@?strava|@?endomondo|@?nike|@?mapmyrun|@?garmin)/i,
  /^(?:\d{1,6}|one|a) (?:new )?(?:people|person|users?|followers?|unfollowers?) (?:followed|unfollowed|and \d{1,6} )/i,
  /\bautomatically checked by\b/i,
  /^(?:my|this) week on (?:twitter|x|instagram)\b/i,
  /^(?:my )?top \d{1,2} (?:artists|#?lastfm)\b/i,
  /^(?:♫|♪|🎵|🎶|#?now ?playing|#np\b|listening to\b.{1,100}\bon (?:spotify|last\.fm|soundcloud))/iu,
  /^(?:wordle|worldle|heardle|nerdle|quordle|framed|connections|strands)\b.{0,30}\d{1,5}.{0,20}(?:[\d?X]\/\d|puzzle #|\n)/i,
  /^(?:new (?:blog )?post|neuer (?:blog)?beitrag|nouvel article|nuevo (?:post|artículo)|on the blog|from the blog|blogged)[:!]/i,
  /^(?:live now|now live|streaming live|I'm (?:going )?live|going live)\b.{0,60}(?:twitch|youtube|facebook|kick|https?:)/i,
  /^I(?:'ve| have)? just (?:signed|donated|backed|pledged|voted|entered|earned|unlocked|completed)\b.{1,200}https?:/is,
  /^(?:I )?(?:unlocked|earned) the .{1,80}(?:badge|achievement|trophy)\b/i,
  /^check out (?:my|this|the) .{1,120}\b(?:on|via) (?:ebay|etsy|poshmark|depop|amazon|vinted|redbubble)\b/i,
  /^(?:check|test|testing|test post|hello world|ping)[.!?]{0,3}$/i,
  /^(?:you|this) (?:message|account) (?:was|has been) (?:deleted|removed|suspended)\b/i,
];

/** '' for `I liked a @YouTube video https://youtu.be/x`; every other text as it stands. */
export function withoutAutomaticPosts(text: string): string {
  const start = text.trimStart().slice(0, 400);
  return AUTOMATIC.some((pattern) => pattern.test(start)) ? '' : text;
}
