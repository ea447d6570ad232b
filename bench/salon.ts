/**
 * What choosing among replies is worth: personas talk to each other with the reranker and without, and a true reply is to be told
 * from nine others on conversations that no model has read. Simulated throughout: nobody reads the replies. Stopped, it goes on.
 *
 *     node salon.ts --books TEXTS.jsonl                the books of models/starter/README.md; trains a persona first (minutes)
 *     node salon.ts --books TEXTS.jsonl --tables       prints what is there
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './example-home.ts';
import { conversationHome } from './salon/conversation-home.ts';
import { judgeSalons } from './salon/judge.ts';
import { recall } from './salon/recall.ts';
import { ARMS, type Arm, holdSalons } from './salon/salons.ts';
import { recallTable, salonTables } from './salon/tables.ts';

const { values: options } = parseArgs({
  options: {
    books: { type: 'string' },
    folder: { type: 'string', default: path.join(ROOT, 'data', 'bench-salon') },
    openings: { type: 'string', default: '200' },
    replies: { type: 'string', default: '600' },
    /** Stops after so long, to go on later. */
    minutes: { type: 'string', default: '600' },
    /** Of the ways to choose, so many: the third, the likeliest, is no part of what was to be reached. */
    ways: { type: 'string', default: '2' },
    /** One of the three alone: salon, judge or recall. */
    only: { type: 'string' },
    tables: { type: 'boolean', default: false },
  },
});
if (options.books === undefined) throw new Error('Expected --books TEXTS.jsonl: see models/starter/README.md');

const until = Date.now() + Number(options.minutes) * 60_000;
const asked = { folder: options.folder, books: options.books, until };
const is = (part: string) => options.only === undefined || options.only === part;
if (!options.tables) {
  conversationHome(options.folder, options.books);
  const arms = (Object.keys(ARMS) as Arm[]).slice(0, Number(options.ways));
  if (is('salon')) await holdSalons({ ...asked, openings: Number(options.openings), arms });
  if (is('judge')) await judgeSalons(asked);
  if (is('recall')) await recall({ ...asked, replies: Number(options.replies) });
}
console.log(salonTables(asked));
console.log(recallTable(asked));
