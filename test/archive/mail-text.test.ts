import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitHeaders } from '../../src/archive/mail-headers.ts';
import { textOf } from '../../src/archive/mail-text.ts';

function decoded(type: string, encoding: string, body: string | Buffer): string {
  const head = Buffer.from(`Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`);
  return textOf({ ...splitHeaders(Buffer.concat([head, Buffer.from(body)])), isHtml: false });
}

for (const [type, encoding, body, text] of [
  ['text/plain; charset=utf-8', 'quoted-printable', 'caf=C3=A9 and =\r\nmore=20', 'café and more '],
  ['text/plain; charset="UTF-8"', 'BASE64', Buffer.from('caféテ').toString('base64'), 'caféテ'],
  ['text/plain; charset=iso-8859-1', '8bit', Buffer.from('café', 'latin1'), 'café'],
  ['text/plain; charset=us-ascii', '8bit', 'café', 'café'],
  ['text/plain', '8bit', Buffer.from('café', 'latin1'), 'café'],
  ['text/plain; charset=utf-8', '8bit', Buffer.from([0x93, 0x68, 0x69, 0x94]), '“hi”'],
  ['text/plain; charset=koi8-r', '8bit', Buffer.from([0xf0, 0xd2, 0xc9]), 'При'],
  ['text/plain; charset=iso-2022-jp', '7bit', '\u001b$B%F\u001b(B', 'テ'],
  ['text/plain; charset=cp932', '8bit', Buffer.from([0x83, 0x65]), 'テ'],
  ['text/plain; charset=utf-8; format=flowed', '7bit', 'one \r\ntwo\r\n three', 'one two\nthree'],
  ['text/plain; format="flowed"; delsp=yes', '7bit', 'won \r\nderful', 'wonderful'],
  ['text/plain; format=flowed', '7bit', '> Hi \nHello \n> there', '> Hi \nHello \n> there'],
  ['text/plain; format=flowed', '7bit', '> Hi \n> there', '> Hi there'],
  ['text/plain; format=flowed', '7bit', 'bye \n-- \nMira', 'bye \n-- \nMira'],
] as const) {
  test(`${encoding} ${type}: ${JSON.stringify(body.toString())} is ${JSON.stringify(text)}`, async () => {
    assert.equal(await decoded(type, encoding, body), text);
  });
}
