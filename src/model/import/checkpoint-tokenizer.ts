/** The tokenizer.json for a checkpoint: its own, made from the tables that older programs keep, or GPT-2's. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import { bytePairTokenizer, END_OF_TEXT } from '../byte-pair-tokenizer.ts';
import { baseFolder } from '../peft.ts';
import { readJson } from './read-json.ts';
import { unusable } from './stored-tensor.ts';

export interface FoundTokenizer {
  /** Of tokenizer.json. */
  readonly content: string;
  readonly remarks: readonly string[];
}

/** Vocabulary and merges, as Hugging Face and OpenAI name the same two files. */
const TABLES = [
  ['vocab.json', 'merges.txt'],
  ['encoder.json', 'vocab.bpe'],
] as const;
const GPT2_VOCABULARY = 50_257;

/** @param folder of the checkpoint. @param wanted a folder whose tokenizer is to be taken instead. */
export async function tokenizerFor(
  vocabularySize: number,
  folder: string | undefined,
  wanted?: string,
): Promise<FoundTokenizer> {
  if (wanted !== undefined) {
    const content = tokenizerIn(baseFolder(wanted));
    if (content !== undefined) return { content, remarks: [] };
    throw new UserError(`${wanted}: expected a tokenizer.json, or vocab.json with merges.txt, found neither`);
  }
  const own = folder && tokenizerIn(folder);
  if (own) return { content: own, remarks: [] };
  if (vocabularySize !== GPT2_VOCABULARY) {
    throw new UserError(`Expected a tokenizer for ${vocabularySize} tokens beside the weights, found none`, {
      hint: 'Name a model or a folder that has it: --tokenizer NAME',
    });
  }
  const { gpt2Prefix } = await import('../gpt2-vocabulary.ts');
  const content = JSON.stringify(gpt2Prefix(GPT2_VOCABULARY));
  return { content, remarks: [`no tokenizer: GPT-2's own, as there are ${GPT2_VOCABULARY} tokens`] };
}

function tokenizerIn(folder: string): string | undefined {
  const whole = path.join(folder, 'tokenizer.json');
  if (existsSync(whole)) return readFileSync(whole, 'utf8');
  for (const tables of TABLES) {
    const [vocabulary, merges] = tables.map((name) => path.join(folder, name));
    if (existsSync(vocabulary!) && existsSync(merges!)) {
      return JSON.stringify(bytePairTokenizer(readVocabulary(folder, vocabulary!), readMerges(merges!)));
    }
  }
  return undefined;
}

const idsSchema = z.record(z.string(), z.int().nonnegative());

function readVocabulary(folder: string, file: string): ReadonlyMap<string, number> {
  const added = path.join(folder, 'added_tokens.json');
  const ids = { ...readIds(file), ...(existsSync(added) ? readIds(added) : {}) };
  if (!(END_OF_TEXT in ids)) throw unusable(file, `a token ${END_OF_TEXT}`, 'none');
  return new Map(Object.entries(ids).sort(([, a], [, b]) => a - b));
}

function readIds(file: string): Record<string, number> {
  const parsed = idsSchema.safeParse(readJson(file, 'ids by token'));
  if (!parsed.success) throw unusable(file, 'ids by token', 'something else', parsed.error);
  return parsed.data;
}

/** One a line, after a line that says the version. */
function readMerges(file: string): readonly string[] {
  const lines = readFileSync(file, 'utf8').split(/\r?\n/);
  const merges = lines.filter((line, index) => line !== '' && !(index === 0 && line.startsWith('#version')));
  const broken = merges.find((merge) => !/^\S+ \S+$/.test(merge));
  if (broken !== undefined) throw unusable(file, 'two tokens a line', broken.slice(0, 40));
  return merges;
}
