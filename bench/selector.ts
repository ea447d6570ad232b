/** Learning from one more decision at 5,000: in memory, as `review` does, and read from the store. `node bench/selector.ts [DRAFTS]` */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crossValidate } from '../src/learning/selector/evaluate-selector.ts';
import type { Example } from '../src/learning/selector/example.ts';
import { openTeacher, type Teacher } from '../src/learning/selector/learn-selector.ts';
import { trainSelector } from '../src/learning/selector/selector.ts';
import { packHidden } from '../src/queue/candidate.ts';
import { normal, randomFrom } from '../src/random.ts';
import { openStore, storeFile, transaction } from '../src/store/store.ts';
import { row } from './example-home.ts';

const DRAFTS = Number(process.argv[2] ?? 5_000);
const TEXTS = 5;
/** Of the starter; GPT-2's is 768. */
const WIDTH = 200;
const NAMES =
  'fluency evenness likeness repetition variety length size finished unpaired copied novelty question'.split(' ');

const random = randomFrom(1);
/** Words of a text, as frequent as their rank has it (Zipf): of 20,000 that are written, some 25 in each text. */
const VOCABULARY = 20_000;
const WORDS_A_TEXT = 25;
const textOf = () => Array.from({ length: WORDS_A_TEXT }, () => `w${Math.floor(VOCABULARY ** random())}`).join(' ');
const examples = Array.from({ length: DRAFTS * TEXTS }, (_, index): Example => {
  const hidden = Float32Array.from({ length: WIDTH }, () => normal(random));
  const features = Object.fromEntries(NAMES.map((name) => [name, normal(random)]));
  const liked = normal(random) + features.fluency! + hidden[0]! > 1.5;
  const draft = Math.floor(index / TEXTS);
  return {
    text: textOf(),
    features,
    hidden,
    model: 'm',
    prior: random(),
    draft,
    approved: liked,
    weight: 1,
    blind: draft % 4 === 0,
  };
});

const before = trainSelector(examples.slice(0, -TEXTS));
/** Wall time and, where others use the processor too, what it took of it; ms. */
async function timed(work: () => unknown): Promise<{ wall: number; cpu: number }> {
  const usage = process.cpuUsage();
  const started = performance.now();
  await work();
  const { user, system } = process.cpuUsage(usage);
  return { wall: performance.now() - started, cpu: (user + system) / 1000 };
}

const times: { wall: number; cpu: number }[] = [];
for (let run = 0; run < 15; run++) {
  times.push(await timed(() => trainSelector(examples, { previous: before, mayRenewBasis: false })));
}
const middle = (of: 'wall' | 'cpu') => times.map((one) => one[of]).sort((a, b) => a - b)[7]!;
const validated = await timed(() => crossValidate(examples));

const home = mkdtempSync(path.join(tmpdir(), 'eidolon-bench-'));
const store = openStore(storeFile(home));
await fill();
let teacher: Teacher | undefined;
const opened = await timed(async () => {
  teacher = await openTeacher({ store, home, persona: 'ada' });
});
const learned = await timed(() => teacher?.learnOf(1));
await store.close();
rmSync(home, { recursive: true });

row('what', 'drafts', 'texts', 'columns', 'ms', 'CPU ms', 'bound');
row('---', '---', '---', '---', '---', '---', '---');
const tell = (what: string, { wall, cpu }: { wall: number; cpu: number }, bound = '') =>
  row(
    what,
    DRAFTS.toLocaleString('en'),
    examples.length.toLocaleString('en'),
    before.columns.length,
    wall.toFixed(0),
    cpu.toFixed(0),
    bound,
  );
tell('train again after a decision, median of 15', { wall: middle('wall'), cpu: middle('cpu') }, '100 ms');
tell('the same with the read of that draft, once', learned, '100 ms');
tell('first decision of a review: all read from the store', opened);
tell('cross-validate, as a draft after a decision does', validated);

/** The same decisions as rows: drafts of which one text in five at most was picked, or all were rejected. */
async function fill(): Promise<void> {
  await transaction(store, async ({ db }) => {
    const at = '2026-01-01T00:00:00.000Z';
    const round = {
      persona: 'ada',
      model: 'm',
      model_hash: 'm',
      request: '{}',
      outcome: 'kept',
      reason: null,
      created_at: at,
    } as const;
    for (let id = 1; id <= DRAFTS; id++) {
      await db
        .insertInto('drafts')
        .values({ id, persona: 'ada', kind: 'post', prompt: null, due_at: at, in_reply_to: null, created_at: at })
        .execute();
      await db
        .insertInto('rounds')
        .values({ id, draft_id: id, ...round })
        .execute();
      const texts = examples.slice((id - 1) * TEXTS, id * TEXTS);
      for (const [index, { text: words = '', features, hidden, prior }] of texts.entries()) {
        const measured = Object.entries(features).map(([name, value]) => ({ name, value, part: 0.1 }));
        const text = {
          text: words,
          raw_text: '',
          tokens: 1,
          log_probability: -1,
          seed: 1,
          kept: 1,
          score: prior,
          gates: '[]',
          features: JSON.stringify(measured),
        } as const;
        const learnt = { passed: 1, prior, hidden: packHidden(hidden!), hidden_model: 'm', offered_in: id } as const;
        await db
          .insertInto('candidates')
          .values({
            id: (id - 1) * TEXTS + index + 1,
            round_id: id,
            draft_id: id,
            position: index + 1,
            ...text,
            ...learnt,
          })
          .execute();
      }
      const picked = texts.findIndex(({ approved }) => approved);
      const decision =
        picked < 0
          ? ({ action: 'rejected', candidate_id: null, text: null } as const)
          : ({ action: 'picked', candidate_id: (id - 1) * TEXTS + picked + 1, text: 'a' } as const);
      await db
        .insertInto('decisions')
        .values({ draft_id: id, reason: null, at, ...decision })
        .execute();
    }
  });
}
