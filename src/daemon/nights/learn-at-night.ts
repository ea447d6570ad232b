/** Teaches a persona what its owner approved since the last time, as `eidolon learn` does. */
import { z } from 'zod';
import type { NightWork } from './work-at-night.ts';

const stepLine = z.object({ step: z.int(), loss: z.number() });
const resultLine = z.object({
  result: z
    .object({
      adapter: z.int(),
      status: z.enum(['candidate', 'refused', 'retired']),
      rows: z.array(z.object({ name: z.string(), value: z.string(), threshold: z.string(), outcome: z.string() })),
    })
    .nullable(),
  why: z.string().optional(),
});

export const learnAtNight: NightWork = {
  kind: 'learn',
  argv: ({ name }) => ['learn', name, '--if-changed', '--json'],
  read(line) {
    const step = stepLine.safeParse(line).data;
    if (step) {
      const told = `Learning stopped after step ${step.step}, loss ${step.loss.toFixed(3)}; it goes on from there in the next hours`;
      return { outcome: 'stopped', told };
    }
    const { result, why = 'nothing was decided since' } = resultLine.safeParse(line).data ?? {};
    if (result === null) return { outcome: 'nothing new', told: `Nothing to learn: ${why}` };
    if (!result) return undefined;
    const { adapter, status, rows } = result;
    if (status === 'retired')
      return { outcome: 'done', told: `Learned; of two adapters the other one is on trial, not ${adapter}` };
    if (status === 'candidate') return { outcome: 'done', told: `Learned, and adapter ${adapter} is on trial` };
    const failed = rows
      .filter(({ outcome }) => outcome === 'failed')
      .map((row) => `${row.name}: ${row.value} (${row.threshold})`);
    return { outcome: 'refused', told: `Learned, but the gate refused adapter ${adapter}: ${failed.join('; ')}` };
  },
};
