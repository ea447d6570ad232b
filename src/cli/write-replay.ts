/** `eidolon write replay`: has the model write everything again that the log says it offered. */
import path from 'node:path';
import { home } from '../environment.ts';
import { UserError } from '../errors.ts';
import { startModelHost } from '../host/model-host.ts';
import { folderNamed } from '../learning/adapter/model-of.ts';
import { createLog } from '../log.ts';
import { deviceFile } from '../model/device-file.ts';
import { checkedHash, hashInBits } from '../model/model-hash.ts';
import { loadPersona } from '../persona/load-persona.ts';
import { textOf } from '../writing/provenance.ts';
import type { Offer } from '../writing/turn.ts';
import { nodeOf, type Writing } from '../writing/writing.ts';
import { deviceOf } from './device-of.ts';
import { writtenFor } from './offer-continuations.ts';
import { readPiece } from './read-piece.ts';

/** The stable shape of `eidolon write replay --json`. */
interface Replayed {
  readonly offers: number;
  readonly same: number;
  /** By other weights than the log names: nothing can be told of them. */
  readonly otherWeights: number;
  /** Numbers of offers that the same weights do not write. */
  readonly different: readonly number[];
}

export async function replayPiece(name: string, piece: string, { json }: { readonly json?: true }): Promise<void> {
  const root = home();
  const persona = loadPersona(path.join(root, 'personas', name)).name;
  const { writing } = readPiece(root, persona, piece);
  const replayed = await replayOffers(root, writing);
  if (json) console.log(JSON.stringify(replayed, null, 2));
  else console.log(inWords(replayed).join('\n'));
  if (replayed.different.length > 0) {
    throw new UserError('the log has continuations that its model did not write', {
      hint: 'It was changed, or the runtime computes otherwise than when it was written',
    });
  }
}

async function replayOffers(root: string, writing: Writing): Promise<Replayed> {
  const host = startModelHost(createLog({ level: 'silent' }), {
    device: deviceOf(root, writing.persona),
    deviceFile: deviceFile(root),
  });
  let same = 0;
  let otherWeights = 0;
  const different: number[] = [];
  try {
    for (const [number, offer] of writing.offers.entries()) {
      const text = textOf(nodeOf(writing, offer.node).segments);
      const folder = folderNamed(root, writing.persona, offer.model);
      const { bits } = offer;
      if ((await checkedHash(folder)) !== offer.modelHash || (await isMadeAgain(folder, offer))) {
        otherWeights++;
        continue;
      }
      const { texts } = await writtenFor({ host }, { folder, text, asked: offer, ...(bits && { bits }) });
      const isWritten = offer.texts.every((one) =>
        texts.some((again) => again.seed === one.seed && again.text === one.text),
      );
      if (isWritten) same++;
      else different.push(number);
    }
  } finally {
    await host.close();
  }
  return { offers: writing.offers.length, same, otherWeights, different };
}

/** Whether there are weights in the bits that wrote, but others. */
async function isMadeAgain(folder: string, { bits, bitsHash }: Offer): Promise<boolean> {
  if (bits === undefined || bitsHash === undefined) return false;
  const hash = await hashInBits(folder, bits);
  return hash !== undefined && hash !== bitsHash;
}

function inWords({ offers, same, otherWeights, different }: Replayed): string[] {
  return [
    `${same} of ${offers} offers are written again, character by character`,
    ...(otherWeights > 0 ? [`${otherWeights} are by other weights than are there now`] : []),
    ...(different.length > 0 ? [`Not as the model writes them: ${different.join(', ')}`] : []),
  ];
}
