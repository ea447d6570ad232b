import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import type { mastodon } from 'masto';
import { WorldError } from '../../../src/errors.ts';
import { AccountError, Refusal } from '../../../src/publishing/network.ts';
import { FAULTS, type Fault, type MastodonServer, mastodonServer } from '../servers/mastodon-server.ts';
import { all, networkOn, outgoing, sent, type Told } from './mastodon-account.ts';

const MINUTE = 60_000;
const OURS = { name: 'Eidolon', website: null } as unknown as mastodon.v1.Application;

function networkFor(fault: Fault, server: MastodonServer) {
  return networkOn(server, undefined, fault.includes('silence') ? 300 : undefined);
}

describe('verify', () => {
  test('tells who the account is, what it may do and what the server takes', async () => {
    await using server = await mastodonServer();
    server.settings.maxCharacters = 1000;
    const network = networkOn(server);
    assert.equal(network.length.max, 500);

    const facts = await network.verify();

    const { host } = new URL(server.url);
    assert.equal(facts.name, `@ada@${host}`);
    assert.equal(facts.url, `${server.url}/@ada`);
    assert.equal(facts.isBot, true);
    assert.equal(facts.discloses, true);
    assert.deepEqual(facts.scopes, server.settings.scopes);
    assert.match(facts.limits[0]!, /^1000 characters a post; a link counts 23$/);
    assert.equal(network.length.max, 1000);
    assert.equal(network.length.count('Hi @bob@example.social'), 7);
  });

  test('a profile that says nothing of a machine does not disclose', async () => {
    await using server = await mastodonServer();
    Object.assign(server.settings, { note: '<p>General knowledge, and rain. #nobot</p>', isBot: false });

    const facts = await networkOn(server).verify();

    assert.equal(facts.discloses, false);
    assert.equal(facts.isBot, false);
  });

  test('a server from before version 2 of its description is read too', async () => {
    await using server = await mastodonServer();
    Object.assign(server.settings, { isV1: true, maxCharacters: 5000 });
    const network = networkOn(server);

    await network.verify();

    assert.equal(network.length.max, 5000);
  });

  for (const [what, spoil, expected] of [
    ['a revoked token', { isRevoked: true }, /no longer takes the token \(401 The access token … is invalid\)/],
    ['a suspended account', { isSuspended: true }, /has suspended @ada/],
    ['a token that cannot post', { scopes: ['read'] }, /lacks write:statuses, write:media: log in again/],
    [
      'a token that cannot read mentions',
      { scopes: ['read:accounts', 'read:follows', 'read:statuses', 'write'] },
      /lacks read:notif/,
    ],
  ] as const) {
    test(`${what} is a line for the owner`, async () => {
      await using server = await mastodonServer();
      Object.assign(server.settings, spoil);

      await assert.rejects(networkOn(server).verify(), (error) => {
        assert.ok(error instanceof AccountError);
        assert.match(error.message, expected);
        return true;
      });
    });
  }

  for (const isOther of ['page', 'json', 'no such endpoint', 'not found'] as const) {
    test(`a server of another kind, which answers with ${isOther}, is told from an account that is no good`, async () => {
      await using server = await mastodonServer();
      server.settings.isOther = isOther;

      await assert.rejects(networkOn(server).verify(), (error) => {
        assert.ok(error instanceof WorldError && !(error instanceof Refusal));
        assert.match(error.message, /answered without/);
        return true;
      });
    });
  }

  test('an address at which nobody listens is a line', async () => {
    const server = await mastodonServer();
    await server[Symbol.asyncDispose]();

    await assert.rejects(networkOn(server).verify(), /^Refusal: .* cannot be reached \(ECONNREFUSED\)$/);
  });

  test('a server that sends its visitors elsewhere is not followed', async () => {
    await using server = await mastodonServer();
    server.fail('GET /api/v2/instance', 'redirect');

    await assert.rejects(networkOn(server).verify(), WorldError);
    assert.equal(server.requests.length, 1);
  });
});

describe('publish', () => {
  test('sends text, key, warning, visibility, language and what it replies to', async () => {
    await using server = await mastodonServer();
    const network = networkOn(server);
    const first = await network.publish(outgoing('One', { key: 'a' }));

    const second = await network.publish(
      outgoing('Two', {
        key: 'b',
        inReplyTo: first.id,
        options: { contentWarning: 'rain', visibility: 'followers', language: 'pt-BR' },
      }),
    );

    const { status, source, key } = server.posts[1]!;
    assert.deepEqual(second, { id: status.id, url: `${server.url}/@ada/${status.id}` });
    assert.deepEqual(source, { text: 'Two', spoilerText: 'rain' });
    assert.equal(key, 'b');
    assert.equal(status.inReplyToId, first.id);
    assert.equal(status.visibility, 'private');
    assert.equal(status.language, 'pt');
  });

  test('the same key is one post, and the second answer is the first', async () => {
    await using server = await mastodonServer();
    const network = networkOn(server);

    const answers = [await network.publish(outgoing('One')), await network.publish(outgoing('One'))];

    assert.deepEqual(answers[0], answers[1]);
    assert.equal(server.posts.length, 1);
  });

  test('a reply may name its post by its address on the same server, and by no other', async () => {
    await using server = await mastodonServer();
    const network = networkOn(server);
    const { id, url } = await network.publish(outgoing('One', { key: 'a' }));

    await network.publish(outgoing('Two', { key: 'b', inReplyTo: url }));

    assert.equal(server.posts[1]!.status.inReplyToId, id);
    await assert.rejects(
      network.publish(outgoing('Three', { inReplyTo: 'https://elsewhere.example/@bob/1' })),
      Refusal,
    );
  });

  test('what a server made less public is noticed', async () => {
    await using server = await mastodonServer();
    server.settings.isSilenced = true;

    const { notice } = await networkOn(server).publish(outgoing('One', { options: { visibility: 'public' } }));

    assert.match(notice!, /made it unlisted, it was sent as public$/);
  });

  for (const text of [
    '',
    '   \n\t',
    '\u200b\u200d\u2060',
    '\u202e\u2066\u2069',
    '\u00ad\ufeff',
    '\u2800\u3164',
    '\u{e0041}',
  ]) {
    test(`a text of ${JSON.stringify(text)} is refused before anything is sent`, async () => {
      await using server = await mastodonServer();

      await assert.rejects(networkOn(server).publish(outgoing(text)), Refusal);
      assert.equal(server.requests.length, 0);
    });
  }

  for (const text of ['مرحبا', '🙂', 'שלום \u202e', '1', '?']) {
    test(`a text of ${JSON.stringify(text)} is posted`, async () => {
      await using server = await mastodonServer();

      await networkOn(server).publish(outgoing(text));

      assert.equal(server.posts.length, 1);
    });
  }

  const CERTAIN: readonly Fault[] = ['limit 429'];
  for (const fault of FAULTS) {
    const isCertain = CERTAIN.includes(fault);
    test(`${fault}: ${isCertain ? 'certainly not there' : 'perhaps there'}`, async () => {
      await using server = await mastodonServer();
      server.fail('POST /api/v1/statuses', fault);

      await assert.rejects(networkFor(fault, server).publish(outgoing('One')), (error) => {
        assert.ok(error instanceof WorldError);
        assert.equal(error instanceof Refusal, isCertain, error.message);
        assert.equal(error.retryable, true);
        assert.ok(!inspect(error, { depth: 10 }).includes(server.token), 'the token is in the error');
        return true;
      });
      assert.equal(server.requests.length, 1, 'nothing is sent again by itself');
    });
  }

  test('a limit is kept by the server’s clock, however wrong', async () => {
    await using server = await mastodonServer();
    server.settings.skewMs = -5 * 3_600_000;
    server.fail('POST /api/v1/statuses', 'limit 429', 'proxy 429', 'page 429');
    const told: Told = { spent: [], limited: [] };
    const network = networkOn(server, told);
    const waits: (number | undefined)[] = [];

    for (let time = 0; time < 3; time++) {
      await network.publish(outgoing('One')).catch((error: WorldError) => waits.push(error.retryAfterMs));
    }

    assert.ok(Math.abs(waits[0]! - 90_000) < 2000, `${waits[0]} ms`);
    assert.deepEqual(waits.slice(1), [7000, undefined]);
    assert.equal(told.spent.length, 3);
    assert.equal(told.limited.length, 1);
    assert.equal(told.limited[0]!.remaining, 0);
    assert.ok(Math.abs(told.limited[0]!.resetAt.getTime() - Date.now() - 90_000) < 3000);
  });

  for (const [what, spoil, kind] of [
    ['a revoked token', { isRevoked: true }, AccountError],
    ['a suspended account', { isSuspended: true }, AccountError],
    ['a scope that is missing', { scopes: ['read'] }, AccountError],
    ['a text that is too long', { maxCharacters: 2 }, Refusal],
  ] as const) {
    test(`${what}: certainly not there, and not to be tried again`, async () => {
      await using server = await mastodonServer();
      Object.assign(server.settings, spoil);

      await assert.rejects(networkOn(server).publish(outgoing('One')), (error) => {
        assert.ok(error instanceof kind);
        assert.equal(error.retryable, false);
        assert.ok(!inspect(error, { depth: 10 }).includes(server.token), 'the token is in the error');
        return true;
      });
    });
  }

  test('nobody listens: certainly not there, and to be tried again', async () => {
    const server = await mastodonServer();
    await server[Symbol.asyncDispose]();

    await assert.rejects(networkOn(server).publish(outgoing('One')), (error) => {
      assert.ok(error instanceof Refusal);
      assert.equal(error.retryable, true);
      return true;
    });
  });

  test('a host that has no address: certainly not there', async () => {
    await using server = await mastodonServer();

    await assert.rejects(networkOn({ ...server, url: 'https://nowhere.invalid' }).publish(outgoing('One')), Refusal);
  });
});

describe('pictures', () => {
  const picture = async (name = 'rain.png') => {
    const file = path.join(await mkdtemp(path.join(tmpdir(), 'mastodon-')), name);
    await writeFile(file, Buffer.from('89504e470d0a1a0a', 'hex'));
    return file;
  };

  test('go up first, with what they show; a slow server is waited for', async () => {
    await using server = await mastodonServer();
    server.settings.mediaLooks = 1;
    const media = [{ file: await picture(), alt: 'Rain on a window – “grey”' }];

    await networkOn(server).publish(outgoing('', { options: { media } }));

    assert.deepEqual(
      server.uploads.map(({ description, bytes }) => [description, bytes]),
      [['Rain on a window – “grey”', 8]],
    );
    assert.deepEqual(
      server.posts[0]!.status.mediaAttachments.map(({ id }) => id),
      [server.uploads[0]!.id],
    );
  });

  for (const fault of ['reset', 'page 502', 'silence', 'done, then empty 500', 'page 200'] as const) {
    test(`an upload that ends in ${fault}: there is certainly no post`, async () => {
      await using server = await mastodonServer();
      server.fail('POST /api/v2/media', fault);
      const media = [{ file: await picture(), alt: '' }];

      await assert.rejects(networkFor(fault, server).publish(outgoing('One', { options: { media } })), (error) => {
        assert.ok(error instanceof Refusal);
        assert.equal(error.retryable, true);
        return true;
      });
      assert.equal(server.posts.length, 0);
    });
  }

  test('a file that is not there, or is no picture, is refused before anything is sent', async () => {
    await using server = await mastodonServer();
    const words = await picture('words.png');
    writeFileSync(words, 'words');
    for (const file of ['/nowhere/rain.png', words]) {
      const post = outgoing('One', { options: { media: [{ file, alt: '' }] } });
      await assert.rejects(networkOn(server).publish(post), Refusal);
    }
    assert.equal(server.requests.length, 0);
  });
});

describe('find', () => {
  test('adopts a post whose answer was lost', async () => {
    await using server = await mastodonServer();
    const network = networkOn(server);
    server.postByHand('An older one');
    const cursor = await network.newestOwnId();
    const post = outgoing('See https://example.com/a/very/long/path?x=1&y=2 & <b>@bob@example.social</b>\n\n\nEnd ');
    const started = Date.now();
    server.fail('POST /api/v1/statuses', 'done, then reset');
    await assert.rejects(network.publish(post));

    const found = await network.find(sent(post, started, { cursor }));

    const { id, url } = server.posts[1]!.status;
    assert.deepEqual(found, { kind: 'there', id, url });
  });

  test('also where the server does not tell what was typed', async () => {
    await using server = await mastodonServer();
    server.settings.hasSource = false;
    const network = networkOn(server);
    const post = outgoing('See https://example.com/a/very/long/path/to/somewhere & @bob@example.social\n\nEnd');
    await network.publish(post);

    assert.equal((await network.find(sent(post, Date.now()))).kind, 'there');
  });

  test('neither another text, nor a reply, nor one before the attempt is taken for it', async () => {
    await using server = await mastodonServer();
    const network = networkOn(server);
    const ofOurs = { application: OURS };
    const before = server.postByHand('One', null, ofOurs);
    server.postByHand('one', null, ofOurs);
    server.postByHand('One', before, ofOurs);
    const post = sent(outgoing('One'), Date.now(), { cursor: before });

    assert.equal((await network.find(post)).kind, 'look again');
  });

  for (const [what, inPlace, expected] of [
    ['another app made', {}, /made by another app \(Web\): http/],
    [
      'others see',
      { application: OURS, visibility: 'private' },
      /a followers post with the same words, and it was sent as public/,
    ],
  ] as const) {
    test(`a post with the same words that ${what} is not taken for it, and it is not sent again`, async () => {
      await using server = await mastodonServer();
      const network = networkOn(server);
      const cursor = server.postByHand('before');
      const post = outgoing('One', { options: { visibility: 'public' } });
      server.postByHand('One', null, inPlace);
      const ago = (ms: number) => sent(post, Date.now() - ms, { cursor });

      assert.equal((await network.find(ago(5_000))).kind, 'look again');
      const found = await network.find(ago(90_000));
      assert.equal(found.kind, 'cannot tell');
      assert.match((found as { reason: string }).reason, expected);

      await network.publish(post);
      const { id } = server.posts.at(-1)!.status;
      const there = await network.find(ago(90_000));
      assert.deepEqual([there.kind, (there as { id: string }).id], ['there', id]);
    });
  }

  test('where the server does not tell the app, words and visibility are enough', async () => {
    await using server = await mastodonServer();
    server.settings.tellsApps = false;
    const network = networkOn(server);
    const post = outgoing('One', { options: { visibility: 'unlisted' } });
    await network.publish(post);

    assert.equal((await network.find(sent(post, Date.now()))).kind, 'there');
  });

  test('what the server made unlisted, as it does for a limited account, is found and said to be so', async () => {
    await using server = await mastodonServer();
    server.settings.isSilenced = true;
    const network = networkOn(server);
    const post = outgoing('One', { options: { visibility: 'public' } });
    await network.publish(post);

    const found = await network.find(sent(post, Date.now()));

    assert.equal(found.kind, 'there');
    assert.match((found as { notice?: string }).notice ?? '', /made it unlisted, it was sent as public/);
  });

  test('two hundred newer posts are looked through, with a cursor and without', async () => {
    await using server = await mastodonServer();
    const network = networkOn(server);
    const post = outgoing('The one');
    const cursor = server.postByHand('before');
    await network.publish(post);
    for (let other = 0; other < 200; other++) server.postByHand(`another ${other}`);

    for (const from of [cursor, null]) {
      assert.equal((await network.find(sent(post, Date.now(), { cursor: from }))).kind, 'there');
    }
  });

  for (const hours of [-30, 30]) {
    test(`a server whose clock is ${hours} hours off is searched all the same`, async () => {
      await using server = await mastodonServer();
      server.settings.skewMs = hours * 3_600_000;
      const network = networkOn(server);
      const post = outgoing('One');
      await network.publish(post);

      assert.equal((await network.find(sent(post, Date.now()))).kind, 'there');
    });
  }

  for (const [what, sinceStart, more, expected] of [
    ['at once', 5_000, {}, { kind: 'look again', afterMs: 55_000 }],
    ['after a minute', MINUTE, {}, { kind: 'absent' }],
    [
      'a minute after the first of two, but not after the second',
      2 * MINUTE,
      { lastAgo: 20_000 },
      { kind: 'look again', afterMs: 40_000 },
    ],
    ['while the key holds', 49 * MINUTE, {}, { kind: 'absent' }],
    ['once the key may be forgotten', 51 * MINUTE, {}, { kind: 'look again', afterMs: 3 * MINUTE }],
    ['and again too soon', 52 * MINUTE, { missedAgo: MINUTE }, { kind: 'look again', afterMs: 2 * MINUTE }],
    ['and again minutes later', 54 * MINUTE, { missedAgo: 3 * MINUTE }, { kind: 'absent' }],
  ] as const) {
    test(`what is not there ${what}: ${expected.kind}`, async () => {
      await using server = await mastodonServer();
      const now = Date.now();
      server.settings.now = () => now;
      const { lastAgo, missedAgo } = { lastAgo: undefined, missedAgo: undefined, ...more } as Record<
        string,
        number | undefined
      >;
      const iso = (ago: number) => new Date(now - ago).toISOString();
      const post = sent(outgoing('One'), now - sinceStart, {
        ...(lastAgo !== undefined && { lastSentAt: iso(lastAgo) }),
        ...(missedAgo !== undefined && { missedAt: iso(missedAgo) }),
      });

      assert.deepEqual(await networkOn(server).find(post), expected);
    });
  }

  for (const fault of ['page 200', 'page 502', 'empty 500', 'reset', 'silence', 'limit 429'] as const) {
    test(`where the server cannot be asked (${fault}), it stays uncertain`, async () => {
      await using server = await mastodonServer();
      server.fail('GET /api/v1/accounts/1/statuses', fault);

      await assert.rejects(networkFor(fault, server).find(sent(outgoing('One'), Date.now() - 5 * MINUTE)), WorldError);
    });
  }
});

describe('mentions', () => {
  test('come oldest first, from the one after, over all pages, also when pages are out of order', async () => {
    await using server = await mastodonServer();
    const first = server.mention({ acct: 'bob@example.social' }, 'number 0');
    for (let number = 1; number <= 200; number++) server.mention({ acct: 'bob@example.social' }, `number ${number}`);
    server.settings.shuffles = true;

    const mentions = await all(networkOn(server).mentions(first));

    assert.deepEqual(
      mentions.map(({ post }) => post.text),
      Array.from({ length: 200 }, (_, index) => `number ${index + 1}`),
    );
    assert.deepEqual(await all(networkOn(server).mentions(mentions.at(-1)!.cursor)), []);
  });

  test('without a place to go on from, only the newest page is read', async () => {
    await using server = await mastodonServer();
    for (let number = 0; number < 100; number++) server.mention({ acct: 'bob' }, `number ${number}`);

    const mentions = await all(networkOn(server).mentions(null));

    assert.equal(mentions.length, 80);
    assert.equal(mentions.at(-1)!.post.text, 'number 99');
  });

  test('say who wrote what, to whom and how', async () => {
    await using server = await mastodonServer();
    server.mention(
      {
        acct: 'bob@example.social',
        bot: true,
        note: '<p>I am <a href="https://x/tags/nobot" class="mention hashtag">#<span>NoBot</span></a></p>',
      },
      '@ada Hello <script>alert(1)</script> https://example.com/a/very/long/path/that/is/cut',
      { visibility: 'private' },
    );

    const [{ post } = assert.fail()] = await all(networkOn(server).mentions(null));

    assert.equal(post.author.name, '@bob@example.social');
    assert.equal(post.author.isBot, true);
    assert.equal(post.author.refusesBots, true);
    assert.equal(post.visibility, 'followers');
    assert.equal(post.isOwn, false);
    assert.equal(post.text, '@ada Hello <script>alert(1)</script> https://example.com/a/very/long/path/that/is/cut');
  });

  test('with missing fields are passed over, and those after them are not', async () => {
    await using server = await mastodonServer();
    const first = server.mention({ acct: 'bob' }, 'zero');
    server.notifyBroken({});
    server.notifyBroken({ type: 'mention' });
    server.notifyBroken({ type: 'mention', status: null, account: null });
    server.notifyBroken({ type: 'mention', status: { id: '5', content: '<p>no author' } });
    server.notifyBroken({
      type: 'mention',
      status: { id: '5', createdAt: 'yesterday', account: { id: 1, acct: 'eve' } },
    });
    server.notifyBroken({
      type: 'mention',
      status: { id: 5, createdAt: '2026-11-01T00:00:00Z', account: { id: 1, acct: 'eve' } },
    });
    server.mention({ acct: 'bob' }, 'last');

    const mentions = await all(networkOn(server).mentions(first));

    assert.deepEqual(
      mentions.map(({ post }) => post.text),
      ['', 'last'],
    );
  });

  test('HTML that wants to run is only text', async () => {
    await using server = await mastodonServer();
    const content = '<p>Hi<script>alert(1)</script><img src=x onerror=alert(1)><style>*{}</style> there</p>';
    server.notifyBroken({
      type: 'mention',
      status: {
        id: '5',
        createdAt: '2026-11-01T00:00:00Z',
        content,
        account: { id: '1', acct: 'eve', bot: 'yes', fields: 3 },
      },
    });

    const [{ post } = assert.fail()] = await all(networkOn(server).mentions(null));

    assert.equal(post.text, 'Hi there');
  });
});

test('a thread is what came before, oldest first, and the post itself', async () => {
  await using server = await mastodonServer();
  const network = networkOn(server);
  const first = await network.publish(outgoing('One', { key: 'a' }));
  server.mention({ acct: 'bob@example.social' }, 'Two', { inReplyTo: first.id });
  const [{ post } = assert.fail()] = await all(network.mentions(null));

  const thread = await network.thread(post.id);

  assert.deepEqual(
    thread.map(({ text, isOwn, inReplyTo }) => [text, isOwn, inReplyTo]),
    [
      ['One', true, null],
      ['Two', false, first.id],
    ],
  );
});

test('outcomes are counted, and what is deleted is gone and may be deleted again', async () => {
  await using server = await mastodonServer();
  const network = networkOn(server);
  const { id } = await network.publish(outgoing('One'));
  Object.assign(server.posts[0]!.status, { favouritesCount: 3, reblogsCount: 2, repliesCount: 1 });

  assert.deepEqual(await network.outcome(id), { likes: 3, boosts: 2, replies: 1 });
  await network.remove(id);
  await network.remove(id);

  await assert.rejects(network.outcome(id), WorldError);
});
