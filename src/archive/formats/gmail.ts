/** Gmail in Takeout, Google Groups, and any other mbox: letters, with what others wrote taken out of them. */
import { createHash } from 'node:crypto';
import { decodeWords } from 'postal-mime';
import { findAll } from '../find-entries.ts';
import type { Entry, Export, Format } from '../format.ts';
import { fromMilliseconds } from '../instant.ts';
import { isSenderAmong, type Sender, senderOf } from '../mail-address.ts';
import { type MailHeaders, splitHeaders } from '../mail-headers.ts';
import { textOfMailHtml } from '../mail-html.ts';
import { isLabelledSent, isOfGroup, reasonToOmit } from '../mail-kind.ts';
import { mailParts, type TextPart } from '../mail-parts.ts';
import { LONGEST_PART, textOf } from '../mail-text.ts';
import { isEnvelope, type MboxMessage, mboxMessages } from '../mbox.ts';
import { CUT, CUT_MAIL, type Omission, type Post } from '../post.ts';
import { type OwnPart, ownPart } from '../quoted-reply.ts';
import { headOf } from '../read-json.ts';

/** In bytes; of a longer mail the beginning is read, where the text stands before what is attached. */
const LONGEST_MAIL = 8 << 20;
/** Of each file, to learn whose it is. */
const SAMPLE = 3000; // mails

export const gmail: Format = {
  name: 'gmail',
  sources: [
    {
      service: 'Gmail, Google Groups',
      where: 'takeout.google.com: deselect all, then Mail (and Groups, if you wrote to some)',
      drop: 'all zips of one export, or any .mbox',
    },
  ],

  async detect(archive) {
    return (await mailFiles(archive)).length > 0;
  },

  /** Whose mail was sent from here, and to whom mail was delivered; of a Google Groups export nobody. */
  async owner(archive) {
    const senders = new Map<string, number>();
    const receivers = new Map<string, number>();
    for (const entry of await mailFiles(archive)) await countAddresses(entry, senders, receivers);
    const delivered = [...receivers.values()].reduce((sum, count) => sum + count, 0);
    const most = [...receivers].filter(([, count]) => count > delivered / 2).map(([address]) => address);
    const sent = [...senders].sort((a, b) => b[1] - a[1]).map(([address]) => address);
    return [...new Set([...sent, ...most])];
  },

  async *read(archive, me, _hints, from) {
    const isOwner = isSenderAmong(me.length > 0 ? me : await gmail.owner(archive));
    const files = await mailFiles(archive);
    const first = files.findIndex(({ path }) => path === from?.path);
    for (const entry of files.slice(Math.max(0, first))) {
      const { path, openAt } = entry;
      const start = openAt && path === from?.path ? from.offset : 0;
      const content = await (start > 0 && openAt ? openAt(start) : entry.open());
      for await (const message of mboxMessages(content, LONGEST_MAIL, start)) {
        const place = `${path}, byte ${message.offset}`;
        const read = () => readMail(message, place, isOwner);
        yield {
          place,
          size: message.bytes.length,
          ...(openAt && { mark: { path, offset: message.end } }),
          read,
        };
      }
    }
  },
};

async function mailFiles(archive: Export): Promise<Entry[]> {
  const found: Entry[] = [];
  for (const entry of findAll(archive, /\.mbox$|\.mbx$|(^|\/)[^/.]+$/i)) {
    const [line = ''] = (await headOf(entry, 1000)).replace(/^[\ufeff\s]+/, '').split('\n');
    if (isEnvelope(line.trim())) found.push(entry);
  }
  return found;
}

async function countAddresses(
  entry: Entry,
  senders: Map<string, number>,
  receivers: Map<string, number>,
): Promise<void> {
  const add = (counts: Map<string, number>, address: string) => {
    if (address.includes('@')) counts.set(address, (counts.get(address) ?? 0) + 1);
  };
  let count = 0;
  for await (const { bytes } of mboxMessages(await entry.open(), 64 << 10)) {
    const { headers } = splitHeaders(bytes);
    if (!isOfGroup(headers)) {
      if (isLabelledSent(headers)) add(senders, senderOf(headers.get('from')).address);
      add(receivers, senderOf(headers.get('delivered-to')).address);
    }
    if (++count >= SAMPLE) return;
  }
}

function readMail(
  message: MboxMessage,
  place: string,
  isOwner: (sender: Sender) => boolean,
): Omission | readonly (Post | Omission)[] {
  const { headers, body } = splitHeaders(message.bytes);
  const sender = senderOf(headers.get('from'));
  if (sender.address === '') return { omitted: 'unreadable', place };
  const mine = isOwner(sender);
  const reason = reasonToOmit(headers, sender, mine);
  if (reason) return { omitted: reason, place };
  const { texts, hasCalendar, isWhole } = mailParts(headers, body);
  if (hasCalendar) return { omitted: 'calendar', place };
  const parts = texts.map(ownPartOf);
  const words = parts.map((part) => part.words).filter((own) => own !== '');
  const lost = parts.some(({ isCut }) => isCut) ? CUT : message.isCut || !isWhole ? CUT_MAIL : undefined;
  const end = lost === undefined ? [] : [{ omitted: lost, place }];
  if (words.length === 0) return [{ omitted: texts.length > 0 ? 'nothing of its own' : 'no text', place }, ...end];
  return [postOf({ headers, sender, mine, words: words.join('\n\n'), message }), ...end];
}

function ownPartOf(part: TextPart): OwnPart {
  const text = textOf(part);
  return ownPart(part.isHtml ? textOfMailHtml(text) : text, part.body.length > LONGEST_PART);
}

interface Letter {
  readonly headers: MailHeaders;
  readonly sender: Sender;
  readonly mine: boolean;
  readonly words: string;
  readonly message: MboxMessage;
}

function postOf({ headers, sender, mine, words, message }: Letter): Post {
  const time = timeOf(headers.get('date')) ?? timeOf(message.envelope.replace(/^From \S+ +/, ''));
  const [inReplyTo] = idsIn(headers.get('in-reply-to'));
  const [root] = idsIn(headers.get('references'));
  const id = idsIn(headers.get('message-id'))[0] ?? idOf(message, `${sender.address} ${time}`, words);
  const subject = decodeWords(headers.get('subject').slice(0, 1000)).trim();
  return {
    service: 'gmail',
    id,
    author: { id: sender.address, ...(sender.name && { name: sender.name }) },
    mine,
    time,
    text: words,
    markup: 'plain',
    kind: 'mail',
    // What is written to a group its members read.
    visibility: isOfGroup(headers) ? 'followers' : 'private',
    // The subject of an answer is somebody else's.
    ...(subject && !inReplyTo && !/^\S{1,6}(?:\[\d+\])? ?[:：]/.test(subject) && { title: subject }),
    thread: headers.get('x-gm-thrid') || root || inReplyTo || id,
    ...(inReplyTo && { inReplyTo }),
  };
}

function idsIn(header: string): string[] {
  return header.slice(0, 5000).match(/[^<>\s]+@[^<>\s]+/g) ?? [];
}

/** Gmail's own number stands in the envelope; else what will not change. */
function idOf({ envelope }: MboxMessage, who: string, words: string): string {
  const number = /^From (\d{10,25})@/.exec(envelope)?.[1];
  return number ?? createHash('sha256').update(`${who}\n${words}`).digest('hex').slice(0, 24);
}

/** As mails have it and envelopes do; with no zone said, in UTC. */
function timeOf(date: string): string | null {
  const plain = date
    .slice(0, 100)
    .replace(/\([^()]*\)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  if (plain === '') return null;
  const hasZone = /[+-]\d{4}|(?:^|[\d ])(?:GMT|UTC?|Z|[ECMP][SD]T)\b/i.test(plain);
  return fromMilliseconds(Date.parse(hasZone ? plain : `${plain} UTC`));
}
