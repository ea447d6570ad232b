/** Fields of exports, whose shape nobody promises: what is missing or of another kind is empty, and not an error. */
import { z } from 'zod';

export const text = z.string().catch('');

/** Ids are strings, also where the service writes numbers. */
export const id = z.union([z.string(), z.number().transform(String)]).catch('');

/** The elements that are as expected. */
export function listOf<Schema extends z.ZodType>(element: Schema): z.ZodType<z.output<Schema>[]> {
  return z
    .array(z.unknown())
    .catch([])
    .transform((values) =>
      values.flatMap((value) => {
        const parsed = element.safeParse(value);
        return parsed.success ? [parsed.data] : [];
      }),
    );
}
