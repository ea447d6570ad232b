import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leadsTo, parseAddress } from '../../src/archive/post-address.ts';

const X = { service: 'x', post_id: '1050118621198921728', url: 'https://x.com/mira/status/1050118621198921728' };
const TOOT = {
  service: 'mastodon',
  post_id: 'https://tea.example/users/mira/statuses/103748921',
  url: 'https://tea.example/@mira/103748921',
};
const SKEET = {
  service: 'bluesky',
  post_id: '3l3pte3p2e325',
  url: 'https://bsky.app/profile/did:plc:mira/post/3l3pte3p2e325',
};
const COMMENT = {
  service: 'reddit',
  post_id: 't1_k1abcde',
  url: 'https://www.reddit.com/r/kites/comments/p0xyz1/a_kite/k1abcde/',
};
const ARTICLE = { service: 'wordpress', post_id: 'mira.example?p=12', url: 'https://mira.example/2024/05/pier/' };
const TAKEOUT = { service: 'blogger', post_id: 'tag:blogger.com,1999:blog-111.post-1', url: '/2020/03/of-oil.html' };
const PLAIN = { service: 'wordpress', post_id: 'mira.example?p=13', url: 'http://mira.example/?p=13' };

for (const [what, post] of [
  [X.url, X],
  ['https://twitter.com/mira/status/1050118621198921728?s=20&t=abc', X],
  ['https://mobile.twitter.com/mira/status/1050118621198921728/photo/1', X],
  ['https://x.com/i/web/status/1050118621198921728', X],
  ['https://tea.example/@mira/103748921', TOOT],
  ['https://tea.example/web/@mira/103748921#top', TOOT],
  ['https://tea.example/users/mira/statuses/103748921', TOOT],
  ['https://bsky.app/profile/mira.example/post/3l3pte3p2e325', SKEET],
  ['https://old.reddit.com/r/kites/comments/p0xyz1/a_kite/k1abcde/?context=3', COMMENT],
  ['https://mira.example/2024/05/pier', ARTICLE],
  ['http://www.mira.example/2024/05/pier/?utm_source=feed#more', ARTICLE],
  ['https://mira.example/?p=13', PLAIN],
  ['https://lamps.blogspot.example/2020/03/of-oil.html?m=1', TAKEOUT],
] as const) {
  test(`${what} leads to ${post.post_id}`, () => {
    assert.ok(leadsTo(parseAddress(what)!, post) > 0);
  });
}

for (const [what, post] of [
  ['https://x.com/mira/status/1050118621198921729', X],
  ['https://tea.example/@mira/1050118621198921728', X],
  ['https://other.example/@mira/103748921', TOOT],
  ['https://mira.example/2023/05/pier', ARTICLE],
  ['https://mira.example/?p=14', PLAIN],
  ['https://mira.example/', ARTICLE],
  ['https://bsky.app/profile/mira.example', SKEET],
  ['https://lamps.blogspot.example/2020/04/of-oil.html', TAKEOUT],
  ['https://lamps.blogspot.example/of-oil.html', { ...TAKEOUT, url: '/of-oil.html' }],
] as const) {
  test(`${what} does not lead to ${post.post_id}`, () => {
    assert.equal(leadsTo(parseAddress(what)!, post), 0);
  });
}

test('the address of an answer leads to it, and less surely to what it answers', () => {
  const answered = {
    service: 'reddit',
    post_id: 't3_p0xyz1',
    url: 'https://www.reddit.com/r/kites/comments/p0xyz1/a_kite/',
  };
  const address = parseAddress('https://old.reddit.com/r/kites/comments/p0xyz1/a_kite/k1abcde/?context=3')!;

  assert.ok(leadsTo(address, COMMENT) > leadsTo(address, answered));
  assert.ok(leadsTo(parseAddress('https://reddit.com/comments/p0xyz1')!, answered) > 0);
});

test('what is no address is none', () => {
  for (const text of ['x:123', 'Gulls are loud', 'https://', 'local:ada/1'])
    assert.equal(parseAddress(text), undefined);
});
