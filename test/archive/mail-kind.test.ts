import assert from 'node:assert/strict';
import { test } from 'node:test';
import { senderOf } from '../../src/archive/mail-address.ts';
import { splitHeaders } from '../../src/archive/mail-headers.ts';
import { labelsOf, reasonToOmit } from '../../src/archive/mail-kind.ts';

const headersOf = (...lines: string[]) => splitHeaders(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)).headers;

test('labels are decoded as a whole before they are split, folded or not', () => {
  assert.deepEqual(labelsOf(headersOf('X-Gmail-Labels: =?UTF-8?Q?=C3=85pnet,Kategori:_Reklame?=')), [
    'åpnet',
    'kategori: reklame',
  ]);
  assert.deepEqual(labelsOf(headersOf('X-Gmail-Labels: =?UTF-8?Q?Bo=C3=AEte?=', ' =?UTF-8?Q?_de,_Brouillons?=')), [
    'boîte de',
    'brouillons',
  ]);
  assert.deepEqual(labelsOf(headersOf('X-Gmail-Labels: Inbox,"To do, soon",Opened')), [
    'inbox',
    'to do, soon',
    'opened',
  ]);
});

for (const [line, reason] of [
  ['X-Gmail-Labels: Inbox,Spam', 'spam'],
  ['X-Gmail-Labels: =?UTF-8?Q?Entw=C3=BCrfe?=', 'draft'],
  ['X-Gmail-Labels: Papierkorb', 'trash'],
  ['X-Gmail-Labels: Chat', 'chat'],
  ['Auto-Submitted: auto-generated', 'automatic'],
  ['Auto-Submitted: no', undefined],
  ['Precedence: bulk', 'bulk'],
  ['List-Id: <pier.mail.example>', 'bulk'],
  ['List-Unsubscribe: <https://mail.example>', 'bulk'],
  ['Content-Type: text/calendar; method=REPLY', 'calendar'],
  ['Content-Type: multipart/report; report-type=delivery-status', 'bounce'],
  ['X-BeenThere: pier@googlegroups.com', undefined],
] as const) {
  test(`"${line}" of somebody else makes it ${reason ?? 'a letter still'}`, () => {
    assert.equal(reasonToOmit(headersOf(line), senderOf('Oskar <oskar@mail.example>'), false), reason);
  });
}

test('what I wrote to a list is a letter, and what a machine sends is none', () => {
  const list = headersOf('List-Id: <pier.mail.example>', 'Precedence: list');

  assert.equal(reasonToOmit(list, senderOf('mira@mail.example'), true), undefined);
  for (const from of ['no-reply@mail.example', 'Mailer <mailer-daemon@mail.example>', 'notifications@mail.example']) {
    assert.notEqual(reasonToOmit(headersOf(), senderOf(from), false), undefined);
  }
});
