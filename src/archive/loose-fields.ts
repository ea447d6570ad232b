/**
 * Fields of exports, whose shape nobody promises: what is missing or of another kind is empty, and not an error. Transforms,
 * as zod's `catch` makes an error first, which takes longer than all the rest.
 */
import { z } from 'zod';

export const text = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === 'string' ? value : ''));

/** Ids are strings, also where the service writes numbers. */
export const id = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === 'string' || typeof value === 'number' ? String(value) : ''));

/** The elements that are as expected. */
export function listOf<Schema extends z.ZodType>(element: Schema) {
  return z
    .unknown()
    .optional()
    .transform((values): z.output<Schema>[] => {
      if (!Array.isArray(values)) return [];
      return values.flatMap((value) => {
        const parsed = element.safeParse(value);
        return parsed.success ? [parsed.data] : [];
      });
    });
}
