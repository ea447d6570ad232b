/** `node add-and-measure.ts archive add …`: the command as it is, and in the last line of stderr the memory that it took. */
import { main } from '../../src/cli/main.ts';

process.on('exit', () => {
  console.error(`peak resident: ${process.resourceUsage().maxRSS}`); // kB
});
await main(process.argv, '0.0.0');
