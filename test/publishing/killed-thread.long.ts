/** A real process is killed by SIGKILL at every post of a thread, on each network's test server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveThrough, NETWORKS, type Whim } from './soak/faulty-world.ts';

/** The three drafts before the thread are one post each. */
const BEFORE = 3;

for (const network of NETWORKS) {
  for (const moment of ['killed after', 'killed before'] as const) {
    test(`on ${network}, a process that is ${moment} each post of a thread leaves it once, whole and in order`, async () => {
      let posts = 0;
      let kills = 0;
      const whim = ({ isPost }: { readonly isPost: boolean }): Whim => {
        if (!isPost || ++posts <= BEFORE) return undefined;
        // What was killed before it was done comes a second time, and is then let through.
        const isAgain = moment === 'killed before' && (posts - BEFORE) % 2 === 0;
        if (isAgain) return undefined;
        kills++;
        return moment;
      };

      const ending = await liveThrough({
        networks: [network],
        personas: 1,
        draftsEach: BEFORE + 1,
        random: () => 0.5, // a server without whims of its own
        whim,
        killAfterMs: () => undefined,
      });

      assert.deepEqual([ending.duplicates, ending.lost, ending.outOfOrder], [[], [], []]);
      assert.deepEqual([ending.threads, ending.published, ending.held], [1, BEFORE + 1, 0]);
      assert.ok(kills >= 2, `a thread of ${kills} posts`);
      assert.equal(ending.kills, kills);
    });
  }
}
