/** Trains a persona on what its corpus has become, as `eidolon train` does. */
import { z } from 'zod';
import type { Persona } from '../../persona/persona.ts';
import type { NightEnd, NightWork } from './work-at-night.ts';

const stepLine = z.object({ step: z.int(), loss: z.number() });
const resultLine = z.object({
  result: z
    .object({
      id: z.string(),
      bitsPerByte: z.object({ base: z.number(), trained: z.number() }),
      gate: z.object({
        promoted: z.boolean(),
        rows: z.array(z.object({ name: z.string(), value: z.string(), threshold: z.string(), passed: z.boolean() })),
      }),
    })
    .nullable(),
});
type Trained = NonNullable<z.infer<typeof resultLine>['result']>;

export const trainAtNight: NightWork = {
  kind: 'train',
  argv: ({ name }) => ['train', name, '--if-changed', '--json'],
  read(line, persona) {
    const step = stepLine.safeParse(line).data;
    if (step) {
      const told = `Training stopped after step ${step.step}, loss ${step.loss.toFixed(3)}; it goes on from there in the next hours`;
      return { outcome: 'stopped', told };
    }
    const result = resultLine.safeParse(line).data?.result;
    if (result === null) return { outcome: 'nothing new', told: 'Nothing to train: the corpus is as it was' };
    return result && trained(result, persona);
  },
};

function trained({ id, bitsPerByte, gate }: Trained, { name, model }: Persona): NightEnd {
  const bits = `run ${id} has ${bitsPerByte.trained.toFixed(3)} bits a byte on texts it never saw, its base ${bitsPerByte.base.toFixed(3)}`;
  if (!gate.promoted) {
    const failed = gate.rows
      .filter(({ passed }) => !passed)
      .map((row) => `${row.name}: ${row.value} (${row.threshold})`);
    return {
      outcome: 'refused',
      told: `Trained, but the gate refused it, and models/${name} stays as it was: ${bits}; ${failed.join('; ')}`,
    };
  }
  const use = model === name ? '' : `; to use it, set model: ${name} in persona.yaml`;
  return { outcome: 'done', told: `Trained, and models/${name} is this one now: ${bits}${use}` };
}
