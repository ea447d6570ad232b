import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { home } from '../environment.ts';
import { UserError } from '../errors.ts';
import { writingSpeed } from '../generation/writing-speed.ts';
import { GENERIC_TEXTS } from '../learning/adapter/generic-texts.ts';
import { type Model, openModel } from '../model/model.ts';
import { readModelFolder } from '../model/model-folder.ts';
import { asWideAsCanBe } from '../model/quantization/as-wide-as-can-be.ts';
import { keepSpeeds, type Speeds } from '../model/quantization/measured-speed.ts';
import type { FewerBits } from '../model/quantization/precision.ts';
import { blocksFor, quantizeModel } from '../model/quantization/quantize-model.ts';
import { refuseTooLarge } from '../model/room-in-memory.ts';
import { scoreTokens } from '../model/score-texts.ts';
import { bitsPerByte } from '../training/report/paired-bootstrap.ts';
import type { QuantizeFlags } from './model-quantize.ts';
import { table } from './table.ts';

interface Measured {
  readonly model: string;
  /** Of the file of weights. */
  readonly bytes: number;
  readonly bitsPerByte: number;
  readonly tokensPerSecond: Speeds;
}

/** `eidolon model quantize` */
export async function quantize(name: string, flags: QuantizeFlags): Promise<void> {
  const texts = flags.text === undefined ? GENERIC_TEXTS : paragraphsOf(flags.text);
  const folder = path.join(home(), 'models', name);
  const model = readModelFolder(folder);
  refuseTooLarge(folder, model); // its loss and speed are measured, for which it is opened
  if (flags.bits !== '4' && flags.embeddingBits !== undefined) {
    throw new UserError(`--embedding-bits ${flags.embeddingBits}: expected --bits 4 beside it, found ${flags.bits}`, {
      hint: 'With 8 or 16 bits, embeddings have as many',
    });
  }
  const options = {
    bits: Number(flags.bits) as FewerBits, // one of the option's choices
    embeddingBits:
      flags.embeddingBits === undefined ? undefined : flags.embeddingBits === '8' ? (8 as const) : (4 as const),
    symmetric: flags.symmetric,
  };
  let own: Measured | undefined;
  const { made, before, after } = await asWideAsCanBe(blocksFor(options.bits, model.config), async (block) => {
    const made = await quantizeModel(folder, { ...options, block });
    own ??= await measure(folder, texts);
    return { made, before: own, after: await measure(made, texts) };
  });
  keepSpeeds(made, { before: before.tokensPerSecond, after: after.tokensPerSecond });
  if (flags.json) console.log(JSON.stringify({ before, after }));
  else console.log(inWords(before, after, flags.text ?? `${texts.length} paragraphs of old books`));
}

async function measure(folder: string, texts: readonly string[]): Promise<Measured> {
  const model = await openModel(folder);
  try {
    const speed = (rows: number) => writingSpeed(model, { rows, tokens: 32, rounds: 3, now: () => performance.now() });
    return {
      model: model.name,
      bytes: statSync(path.join(folder, 'model.safetensors')).size,
      bitsPerByte: await bitsOf(model, texts),
      tokensPerSecond: { alone: await speed(1), eight: await speed(8) },
    };
  } finally {
    await model.network.release();
  }
}

/** Each text costs its tokens and its end. */
async function bitsOf(model: Model, texts: readonly string[]): Promise<number> {
  const { encode, endOfText } = model.tokenizer;
  const scores = await scoreTokens(
    model,
    texts.map((text) => [endOfText, ...encode(text), endOfText]),
  );
  const nats = scores.map(({ logProbabilities }) => logProbabilities.reduce((sum, each) => sum - each, 0));
  return bitsPerByte(
    nats,
    texts.map((text) => Buffer.byteLength(text)),
  );
}

function paragraphsOf(file: string): readonly string[] {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UserError(`${file}: expected a text to measure on, found none that can be read`, { cause });
  }
  const paragraphs = content.split(/\n\s*\n/).map((text) => text.trim());
  const texts = paragraphs.filter((text) => text !== '');
  if (texts.length === 0) throw new UserError(`${file}: expected a text to measure on, found nothing in it`);
  return texts;
}

function inWords(before: Measured, after: Measured, measuredOn: string): string {
  const percent = (more: number) => `${more < 0 ? '−' : '+'}${Math.abs(100 * more).toFixed(2)} %`;
  const row = ({ model, bytes, bitsPerByte, tokensPerSecond: { alone, eight } }: Measured) => [
    model,
    (bytes / 1e6).toFixed(1),
    bitsPerByte.toFixed(4),
    alone.toFixed(0),
    eight.toFixed(0),
  ];
  const times = (a: number, b: number) => `${(a / b).toFixed(2)} times`;
  const gain = [
    '',
    times(after.bytes, before.bytes),
    percent(after.bitsPerByte / before.bitsPerByte - 1),
    times(after.tokensPerSecond.alone, before.tokensPerSecond.alone),
    times(after.tokensPerSecond.eight, before.tokensPerSecond.eight),
  ];
  const heading = ['MODEL', 'MB', 'BITS A BYTE', 'TOKENS/S ALONE', 'EIGHT AT ONCE'];
  return `${table([heading, row(before), row(after), gain])}\nBits a byte are measured on ${measuredOn}.`;
}
