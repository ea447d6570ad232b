/** Formats that do what none may, to see that it is noticed. */
import type { Format } from '../../src/archive/format.ts';

const toy = (name: string, work: () => void): Format => ({
  name,
  sources: [],
  detect: async () => true,
  owner: async () => ['ada'],
  async *read() {
    work();
    yield { omitted: 'nothing', place: name };
  },
});

export const TOYS: readonly Format[] = [
  toy('toy', () => {}),
  toy('toy that crashes', () => {
    throw new TypeError('of no use to a person');
  }),
  toy('toy that hangs', () => {
    for (;;) {}
  }),
  toy('toy that hoards', () => {
    const hoard: number[][] = [];
    for (;;) hoard.push(new Array<number>(1000).fill(1.5));
  }),
  toy('toy that takes large buffers', () => {
    Buffer.alloc(500 << 20, 1);
  }),
];
