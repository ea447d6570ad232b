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
import { recall } from './salon/recall.ts';
import { ARMS, holdSalons } from './salon/salons.ts';
import { recallTable, salonTables } from './salon/tables.ts';

const { values: options } = parseArgs({
  options: {
    books: { type: 'string' },
    folder: { type: 'string', default: path.join(ROOT, 'data', 'bench-salon') },
    openings: { type: 'string', default: '200' },
    replies: { type: 'string', default: '600' },
    /** Stops after so long, to go on later. */
    minutes: { type: 'string', default: '600' },
    /** One of the two alone: salon or recall. */
    only: { type: 'string' },
    tables: { type: 'boolean', default: false },
  },
});
if (options.books === undefined) throw new Error('Expected --books TEXTS.jsonl: see models/starter/README.md');

const until = Date.now() + Number(options.minutes) * 60_000;
const asked = { folder: options.folder, books: options.books, until };
if (!options.tables) {
  conversationHome(options.folder, options.books);
  if (options.only !== 'recall') await holdSalons({ ...asked, openings: Number(options.openings), arms: ARMS });
  if (options.only !== 'salon') await recall({ ...asked, replies: Number(options.replies) });
}
console.log(await salonTables(asked));
console.log(recallTable(asked));
