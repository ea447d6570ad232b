import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gmail } from '../../../src/archive/formats/gmail.ts';
import { textOfMailHtml } from '../../../src/archive/mail-html.ts';
import { countsOf, fixtureFiles, inMemory, readAll, rowsOf } from '../in-memory-export.ts';
import { assertSurvives } from '../mutated.ts';

const files = fixtureFiles('gmail');

test('letters are read with what others wrote in them taken out', async () => {
  const archive = inMemory(files);

  assert.ok(await gmail.detect(archive));
  assert.deepEqual(await gmail.owner(archive), ['mira.quill@gmail.com', 'miraquill+pier@googlemail.com']);
  assert.deepEqual(rowsOf(await readAll(gmail, archive)), [
    'theirs | oskar@mail.example | 2015-04-16T09:53:04.000Z | Is the pier open?\n\nOskar',
    'mine | mira.quill@gmail.com | 2015-04-16T10:00:00.000Z | Yes.\n\nFrom my window I see it.\n\nFrom noon on.',
    'mine | mira.quill@gmail.com | 2015-04-17T08:00:00.000Z | A line that goes on and on to its end.\nA second line.',
    'mine | mira.quill@gmail.com | 2015-04-17T09:00:00.000Z | The café – at noon',
    'mine | mira.quill@gmail.com | 2015-04-17T10:00:00.000Z | The café – at one',
    'mine | miraquill+pier@googlemail.com | 2015-04-17T11:00:00.000Z | Painted it green.\nCome & see.\n\nM.',
    'mine | mira.quill@gmail.com | 2015-04-17T12:00:00.000Z | Drawings – attached.',
    'mine | mira.quill@gmail.com | 2015-04-18T07:00:00.000Z | No date in here',
    'theirs | oskar@mail.example | 2015-04-20T10:00:00.000Z | Who paints the railing?',
    'mine | mira.quill@gmail.com | 2015-04-20T11:00:00.000Z | I do.',
  ]);
});

test('what is no letter is left out, and counted by rule', async () => {
  assert.deepEqual(countsOf(await readAll(gmail, inMemory(files))), {
    automatic: 1,
    bounce: 1,
    bulk: 2,
    calendar: 1,
    chat: 1,
    draft: 1,
    'nothing of its own': 1,
    spam: 1,
    trash: 1,
  });
});

test('ids, threads and answers are kept; only a first letter has a title; groups are for their members', async () => {
  const { posts } = await readAll(gmail, inMemory(files));
  const [first, answer, café] = posts;

  assert.deepEqual(
    [first?.id, first?.thread, first?.title, first?.visibility],
    ['a1@mail.example', '11', 'Pier', 'private'],
  );
  assert.deepEqual([answer?.inReplyTo, answer?.title], ['a1@mail.example', undefined]);
  assert.equal(café?.title, 'The café');
  assert.match(posts.find(({ text }) => text === 'No date in here')!.id, /^15\d{17}$/);
  assert.deepEqual(
    posts.filter(({ visibility }) => visibility === 'followers').map(({ thread }) => thread),
    ['g1@mail.example', 'g1@mail.example'],
  );
});

test('an address is the same with dots, capitals and a plus where Gmail takes no notice of them', async () => {
  const { posts } = await readAll(gmail, inMemory(files), ['OSKAR@mail.example', 'M.I.R.A.Quill+x@gmail.com']);

  assert.ok(posts.every(({ mine }) => mine));
});

test('any mbox is recognised by its content, and nothing else is', async () => {
  const mbox = 'From a@b Thu Apr 16 09:53:04 2015\nFrom: a@b\n\nhi\n';

  assert.ok(await gmail.detect(inMemory({ 'Archive.mbox/mbox': mbox })));
  assert.equal(await gmail.detect(inMemory({ 'letters.mbox': 'From my window I see\n', 'notes.txt': mbox })), false);
});

test('of a mail that is too large the text is read, and what is attached is not decoded', async () => {
  const attached = `${'QUJD'.repeat(19)}\n`.repeat(150_000);
  const mail = `From a@b Thu Apr 16 09:53:04 2015\nFrom: a@b\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nwords\n--x\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n${attached}--x--\n`;

  const { posts, omissions } = await readAll(gmail, inMemory({ 'a.mbox': mail }), ['a@b']);

  assert.deepEqual(
    posts.map(({ text }) => text),
    ['words'],
  );
  assert.deepEqual(omissions, [{ omitted: 'end of a large mail', place: 'a.mbox, byte 0' }]);
});

const letter = (body: string, type = 'text/plain') =>
  `From a@b Thu Apr 16 09:53:04 2015\nFrom: a@b\nContent-Type: ${type}\n\n${body}\n`;
const PAGES = 'A line of a letter that goes on.\n'.repeat(4000);

for (const [what, mail] of [
  ['of words', letter(`Hello\n${PAGES}`)],
  [
    'in HTML, most of it marks',
    letter(`<p>Hello</p>${'<p style="margin: 0; padding: 0">A line</p>\n'.repeat(8000)}`, 'text/html'),
  ],
  ['larger than a mail', letter(`Hello\n${PAGES.repeat(80)}`)],
] as const) {
  test(`of a letter too long to be read, ${what}, the end is left out, which is named`, async () => {
    const { posts, omissions } = await readAll(gmail, inMemory({ 'a.mbox': mail }), ['a@b']);

    assert.match(posts[0]!.text, /^Hello/);
    assert.deepEqual(omissions, [{ omitted: 'end of a long text', place: 'a.mbox, byte 0' }]);
  });
}

for (const [what, quoted] of [
  ['marked', `On 12 March 2021 Oskar wrote:\n${PAGES.replace(/^(?=.)/gm, '> ')}`],
  ['under a line that says so', `-----Original Message-----\nFrom: Oskar\nSent: Friday\nTo: Mira\n\n${PAGES}`],
] as const) {
  test(`of a letter with pages of quotation, ${what}, nothing is lost, and nothing named`, async () => {
    const { posts, omissions } = await readAll(gmail, inMemory({ 'a.mbox': letter(`Hello\n\n${quoted}`) }), ['a@b']);

    assert.deepEqual([posts[0]!.text, omissions], ['Hello', []]);
  });
}

test('of a mail of more parts than a mail has, the first are read, and that there are more is named', async () => {
  const parts = Array.from({ length: 150 }, (_, index) => `--x\n\nPart ${index}\n`).join('');

  const { posts, omissions } = await readAll(
    gmail,
    inMemory({ 'a.mbox': letter(`${parts}--x--`, 'multipart/mixed; boundary=x') }),
    ['a@b'],
  );

  assert.equal(posts[0]!.text.split('\n\n').length, 100);
  assert.deepEqual(omissions, [{ omitted: 'end of a large mail', place: 'a.mbox, byte 0' }]);
});

for (const [html, text] of [
  ['<p>One</p><p>Two<br>lines</p>', 'One\n\nTwo\nlines'],
  ['<div>a</div><div><br></div><div>b</div>', 'a\n\nb'],
  ['<div>a<br></div><div>b</div>', 'a\nb'],
  ['<ul><li>rope</li><li>tar</li></ul>', '- rope\n- tar'],
  ['mine<blockquote type="cite">theirs</blockquote>mine', 'mine\nmine'],
  ['mine<div id="divRplyFwdMsg">From: x</div><div>theirs</div>', 'mine'],
  ['<style>p{}</style><head><title>t</title></head>&lt;3 &eacute;', '<3 é'],
  ['mine<div class="moz-cite-prefix">On x wrote:</div>', 'mine'],
] as const) {
  test(`of the mail ${html} the words are "${text.replaceAll('\n', ' / ')}"`, () => {
    assert.equal(textOfMailHtml(html), text);
  });
}

test('HTML nested or broken without end takes no time', () => {
  const start = process.cpuUsage();

  for (const piece of ['<div>', '<br>', '<blockquote>', '</p>', '<li> ', '<a href="', '&', '<!--'])
    textOfMailHtml(piece.repeat(40_000));

  assert.ok(process.cpuUsage(start).user < 10_000_000); // microseconds; of the processor, as a busy machine waits
});

test('damaged in any way, it is read as far as it goes', () => assertSurvives(gmail, files, [], 200));

const delivered = (...to: readonly string[]) =>
  to
    .map((address) => `From a@b Thu Apr 16 09:53:04 2015\nFrom: x@mail.example\nDelivered-To: ${address}\n\nhi\n\n`)
    .join('');

for (const [why, mbox, owner] of [
  ['to whom most was delivered', delivered('mira@a.example', 'MIRA@a.example', 'list@b.example'), ['mira@a.example']],
  ['nobody, where two had as much', delivered('mira@a.example', 'oskar@b.example'), []],
  [
    'nobody, where none had more than half',
    delivered('mira@a.example', 'a@b.example', 'c@d.example', 'mira@a.example'),
    [],
  ],
  ['nobody, where nothing is said', 'From a@b Thu Apr 16 09:53:04 2015\nFrom: x@mail.example\n\nhi\n', []],
  [
    'who sent, before to whom was delivered',
    `From a@b Thu Apr 16 09:53:04 2015\nFrom: Mira <mira@sent.example>\nX-Gmail-Labels: =?UTF-8?Q?Odesl=C3=A1no?=\n\nhi\n\n${delivered('mira@a.example')}`,
    ['mira@sent.example', 'mira@a.example'],
  ],
] as const) {
  test(`the owner of a mailbox is ${why}`, async () => {
    assert.deepEqual(await gmail.owner(inMemory({ 'a.mbox': mbox })), owner);
  });
}
