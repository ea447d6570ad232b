import { createHash } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { type Document, PARTS } from './document.ts';
import { textLines } from './text-lines.ts';

const lineSchema = z.object({
  id: z.string().min(1).optional(),
  text: z.string().refine((text) => text.trim() !== '', 'text is empty'),
  source: z.string().optional(),
  time: z.iso.datetime().optional(),
  archive: z.string().optional(),
  posts: z.array(z.string()).optional(),
  thread: z.string().optional(),
  language: z.string().optional(),
  part: z.enum(PARTS).optional(),
  context: z.array(z.object({ by: z.enum(['me', 'another']), text: z.string() })).optional(),
});

/**
 * The documents of a corpus file: `.jsonl` with `{ id, text, source, time?, … }` a line, or any other name for plain text,
 * one document between blank lines. A text without an id is named by its hash, so that it keeps its place in the split.
 */
export function readCorpus(file: string): Document[] {
  const documents = file.endsWith('.jsonl') ? [...jsonDocuments(file)] : [...plainDocuments(file)];
  if (documents.length === 0) {
    throw new UserError(`${file}: expected at least one text, found none`, {
      hint: 'One JSON object a line (.jsonl), or plain texts with an empty line between them (.txt)',
    });
  }
  return documents;
}

function* jsonDocuments(file: string): Generator<Document> {
  const lineOfId = new Map<string, number>();
  for (const { number, text: line } of textLines(file)) {
    if (line.trim() === '') continue;
    const { id, text, source = path.basename(file), time, ...rest } = parseLine(line, `${file}:${number}`);
    if (id !== undefined) {
      const first = lineOfId.get(id);
      if (first !== undefined) {
        throw new UserError(`${file}:${number}: expected a new id, found "${id}" again (first on line ${first})`, {
          hint: 'Give every document an id of its own, or leave ids out',
        });
      }
      lineOfId.set(id, number);
    }
    yield { id: id ?? idOf(text), text, source, time, ...rest };
  }
}

function parseLine(line: string, place: string): z.infer<typeof lineSchema> {
  const hint = 'One JSON object a line: { "id": "1", "text": "…", "source": "…" }';
  const parsed = lineSchema.safeParse(parseJson(line, place, hint));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.');
  throw new UserError(`${place}: ${field ? `${field}: ` : ''}${issue?.message}`, { hint });
}

function parseJson(line: string, place: string, hint: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new UserError(`${place}: expected a JSON object, found "${line.slice(0, 40)}"`, { hint, cause });
  }
}

function* plainDocuments(file: string): Generator<Document> {
  const source = path.basename(file);
  let paragraph: string[] = [];
  for (const { text: line } of textLines(file)) {
    if (line.trim() !== '') {
      paragraph.push(line.trimEnd());
    } else if (paragraph.length > 0) {
      yield plainDocument(paragraph, source);
      paragraph = [];
    }
  }
  if (paragraph.length > 0) yield plainDocument(paragraph, source);
}

function plainDocument(lines: readonly string[], source: string): Document {
  const text = lines.join('\n');
  return { id: idOf(text), text, source };
}

function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
