/**
 * Any sequence of faults, with kill -9 at any point, against each network's test server by the real clients in a real process.
 * `npm run test:faults` tries hundreds; here it is a few.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { randomFrom } from '../../src/random.ts';
import { liveThrough, NETWORKS, POST_FAULTS, READ_FAULTS, type Whim } from './soak/faulty-world.ts';

const RUNS = Number(process.env.EIDOLON_FAULT_RUNS ?? 2);
const KILLS = ['killed before', 'killed after'] as const;

for (const network of NETWORKS) {
  const whims = (faults: readonly string[]) =>
    fc.array(fc.option(fc.constantFrom<string>(...faults, ...KILLS), { nil: undefined, freq: 2 }), { maxLength: 10 });
  const story = fc.record({
    posts: whims(POST_FAULTS[network]),
    reads: whims(READ_FAULTS[network]),
    /** From each start on, in real milliseconds: in the midst of a statement, of a request, of anything. */
    deaths: fc.array(fc.option(fc.integer({ min: 100, max: 1500 }), { nil: undefined }), { maxLength: 2 }),
    seed: fc.integer({ min: 1, max: 1_000_000 }),
  });

  test(`on ${network}, whatever goes wrong and whenever the process is killed, each approved draft is there once or held, never twice`, async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ posts, reads, deaths, seed }) => {
        const left = { posts: [...posts], reads: [...reads], deaths: [...deaths] };
        const ending = await liveThrough({
          networks: [network],
          personas: 2,
          draftsEach: 4,
          random: randomFrom(seed),
          whim: ({ isPost }): Whim => (isPost ? left.posts : left.reads).shift(),
          killAfterMs: () => left.deaths.shift(),
        });

        assert.deepEqual([ending.duplicates, ending.lost, ending.outOfOrder], [[], [], []]);
        assert.equal(ending.published + ending.held, ending.drafts);
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });
}
