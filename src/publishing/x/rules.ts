/** What X asks of accounts that are run by programs, for the people who run them. */
import { PRICES } from './prices.ts';

export const LIMITS: readonly string[] = [
  'At most 100 posts in 15 minutes, and 10,000 a day for the app',
  'At most 50 deletions, 300 readings of mentions and 900 of its own posts in 15 minutes',
];

export function rulesOfX(): readonly string[] {
  const dollars = (price: number) => `$${price.toFixed(3)}`;
  return [
    'X must have approved generated posts and replies: ask through the developer portal before the first one',
    'The account must bear the label «Automated», linked to the account of the person who runs it',
    'Its profile must say that it is automated and who runs it',
    'It may reply only to those who mentioned, answered or quoted it, once each time; "stop" must end it',
    'The same text must not be posted by several accounts',
    `A post costs ${dollars(PRICES.post)}, with a link ${dollars(PRICES.postWithLink)}, a reply ${dollars(PRICES.summonedReply)} (${PRICES.asOf})`,
    `Reading costs: what is its own or mentions it ${dollars(PRICES.ownRead)} each, other posts ${dollars(PRICES.postRead)}, people ${dollars(PRICES.userRead)}; so does deleting, ${dollars(PRICES.deletion)}`,
  ];
}
