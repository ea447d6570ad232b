/** Claims until nothing is due, and prints what it won. Usage: node claiming-process.ts FILE */
import { claimNext } from '../../src/queue/claim.ts';
import { openStore } from '../../src/store/store.ts';
import { NOON } from './prepared-drafts.ts';

const store = openStore(process.argv[2]!);
const won: number[] = [];
for (let claim = await claimNext(store, 'ada', NOON); claim; claim = await claimNext(store, 'ada', NOON)) {
  won.push(claim.draftId);
}
await store.close();
console.log(JSON.stringify(won));
