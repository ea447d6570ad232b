import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csv } from '../../../src/archive/formats/csv.ts';
import { epub } from '../../../src/archive/formats/epub.ts';
import { html } from '../../../src/archive/formats/html.ts';
import { jsonl } from '../../../src/archive/formats/jsonl.ts';
import { markdown } from '../../../src/archive/formats/markdown.ts';
import { plainText } from '../../../src/archive/formats/plain-text.ts';
import { parseColumns } from '../../../src/archive/text-columns.ts';
import { writtenFormats } from '../../../src/archive/written-formats.ts';
import { UserError } from '../../../src/errors.ts';
import { countsOf, type Files, inMemory, readAll, rowsOf } from '../in-memory-export.ts';
import { assertSurvives } from '../mutated.ts';

const CHAPTER = 'The lighthouse keeper counted the waves, and when he had counted them all he began again. '.repeat(4);

const TEXTS: Files = {
  'notes/walk.txt': 'I walked to the sea.\r\nIt was there.\r\n',
  'notes/utf16.txt': Buffer.from('\ufeffLe café à l’aube', 'utf16le'),
  'notes/cp1252.txt': Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x20, 0x93, 0x6e, 0x6f, 0x69, 0x72, 0x94]),
  'notes/book.txt':
    'About this edition\n*** START OF THE PROJECT GUTENBERG EBOOK GULLS ***\n\nGulls, all of them.\n\n*** END OF THE PROJECT GUTENBERG EBOOK GULLS ***\nLicence',
  'LICENSE.txt': 'Permission is hereby granted',
};

const PAGES: Files = {
  '2024-05-06-walk.md': '---\ntitle: A walk\ntags: [sea, walk]\nlang: en\n---\nI *walked*.\r\n',
  'dated.md': '\ufeff---\ndate: 2023-01-02 03:04:05\n---\nDated.',
  'zoned.md': '---\ndate: 2023-01-02T03:04:05+02:00\n---\nZoned.',
  'draft.md': '---\ndraft: true\n---\nNot yet.',
  'hidden.md': '---\npublished: false\n---\nNot yet either.',
  'broken.md': '---\ntitle: [unclosed\n---\nStill mine.',
  'rule.md': '---\nA text that begins with a line.',
  'toml.md': '+++\ntitle = "A swim"\ndate = 2024-05-07T08:00:00\ntags = ["sea"]\n+++\nI *swam*.',
  'quoted.md': 'I read:\n\n> words of another\nthat go on without a mark\n\nand I answer.',
  'guest.md': '---\nauthor: Molly Day\n---\nBy a guest.',
  'README.md': 'How this blog is built',
};

const TABLES: Files = {
  'posts.csv':
    '\ufeffID;Date;Author;Body\n1;2024-01-02 03:04:05;ada;"Two\nlines; and ""quotes"""\n2;1700000000;bob;Hi Ada\n3;2024-01-03T00:00:00Z;@Ada;\n4;yesterday;Ada;Undated\n5;;;Unsigned\n',
  'more.tsv': 'text\tdate\nA tab apart\t2024-02-03\n',
};

const LINES: Files = {
  'posts.jsonl':
    '{"id":897870239797215243,"text":"Exact","created_at":"2024-01-02T03:04:05.678Z","user":"ada"}\nnot json\n{"id":2,"text":"Other","user":"bob"}\n{"id":3,"text":"   ","user":"ada"}\n[1]\n\n',
};

const PAGE: Files = {
  'essay.html': `<!DOCTYPE html><html lang="en"><head><title>On gulls &amp; men</title></head><body><nav>Home</nav><article><h1>On gulls</h1><p>They scream.</p><article>nested</article></article><footer>2024</footer></body></html>`,
  'plain.htm': '<body><p>No article here.</p></body>',
  'empty.html': '<html><body><script>x()</script></body></html>',
};

const BOOK: Files = {
  mimetype: 'application/epub+zip',
  'META-INF/container.xml':
    '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
  'OEBPS/content.opf': `<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:identifier>urn:gulls</dc:identifier><dc:title>Gulls</dc:title><dc:language>en</dc:language><dc:creator>Ada Marsh</dc:creator></metadata><manifest>
    <item id="nav" href="nav.xhtml" properties="nav"/><item id="c0" href="title.xhtml"/><item id="c2" href="two%20b.xhtml"/><item id="c1" href="one.xhtml"/><item id="gone" href="gone.xhtml"/><item id="pg" href="licence.xhtml"/><item id="notes" href="notes.xhtml"/><item id="c3" href="b/one.xhtml"/><item id="locked" href="locked.xhtml"/></manifest>
    <spine><itemref idref="nav"/><itemref idref="c0"/><itemref idref="c1"/><itemref idref="c2"/><itemref idref="c3"/><itemref idref="locked"/><itemref idref="notes" linear="no"/><itemref idref="gone"/><itemref idref="pg"/><itemref idref="nothing"/></spine></package>`,
  'OEBPS/nav.xhtml': `<html><body>${CHAPTER}</body></html>`,
  'OEBPS/title.xhtml': '<html><body><h1>Gulls</h1></body></html>',
  'OEBPS/one.xhtml': `<html><body><h1>One</h1><p>${CHAPTER}</p></body></html>`,
  'OEBPS/two b.xhtml': `<html><body><h1>Two</h1><p>${CHAPTER}</p></body></html>`,
  'OEBPS/notes.xhtml': `<html><body>${CHAPTER}</body></html>`,
  'OEBPS/b/one.xhtml': `<html><body><h1>Three</h1><p>${CHAPTER}</p></body></html>`,
  'META-INF/encryption.xml':
    '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData><enc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/><enc:CipherData><enc:CipherReference URI="OEBPS/locked.xhtml"/></enc:CipherData></enc:EncryptedData></encryption>',
  'OEBPS/locked.xhtml': Buffer.alloc(500, 0xa7),
  'OEBPS/licence.xhtml': `<html><body><h1>THE FULL PROJECT GUTENBERG LICENSE</h1><p>${CHAPTER}</p></body></html>`,
};

test('plain text files are read in whatever encoding they are', async () => {
  const reading = await readAll(plainText, inMemory(TEXTS), await plainText.owner(inMemory(TEXTS)));

  assert.deepEqual(rowsOf(reading), [
    'mine | me | null | I walked to the sea.\nIt was there.',
    'mine | me | null | Le café à l’aube',
    'mine | me | null | café “noir”',
    'mine | me | null | Gulls, all of them.',
  ]);
  assert.deepEqual(countsOf(reading), { readme: 1 });
});

test('a file longer than a person writes is left out, and said to be that', async () => {
  const files = { 'long.txt': Buffer.alloc(17 << 20, 'word '), 'short.txt': 'A short one' };

  const reading = await readAll(plainText, inMemory(files), ['me']);

  assert.deepEqual(rowsOf(reading), ['mine | me | null | A short one']);
  assert.deepEqual(reading.omissions, [{ omitted: 'longer than 16 MB', place: 'long.txt' }]);
});

test('a very long text is cut between paragraphs, and nothing of it is lost', async () => {
  const paragraph = 'word '.repeat(1000).trim();
  const whole = Array.from({ length: 500 }, () => paragraph).join('\n\n');

  const { posts } = await readAll(plainText, inMemory({ 'long.txt': whole }), ['me']);

  assert.equal(posts.length, 3);
  assert.equal(posts.map(({ text }) => text).join('\n\n'), whole);
});

test('Markdown has its title, date, tags and language from its front matter or its name', async () => {
  const reading = await readAll(markdown, inMemory(PAGES), ['Ada', 'me']);

  assert.deepEqual(rowsOf(reading), [
    'mine | Ada | 2024-05-06T00:00:00.000Z | I *walked*.',
    'mine | Ada | 2023-01-02T03:04:05.000Z | Dated.',
    'mine | Ada | 2023-01-02T01:04:05.000Z | Zoned.',
    'mine | Ada | null | Still mine.',
    'mine | Ada | null | ---\nA text that begins with a line.',
    'mine | Ada | 2024-05-07T08:00:00.000Z | I *swam*.',
    'mine | Ada | null | I read:\n\nand I answer.',
    'theirs | Molly Day | null | By a guest.',
  ]);
  assert.deepEqual(countsOf(reading), { draft: 2, readme: 1 });
  const { title, tags, language, markup } = reading.posts[0]!;
  assert.deepEqual(
    { title, tags, language, markup },
    { title: 'A walk', tags: ['sea', 'walk'], language: 'en', markup: 'markdown' },
  );
  assert.deepEqual(
    reading.posts.filter((one) => one.title === 'A swim').map((one) => one.tags),
    [['sea']],
  );
});

test('a table is read by what its heading calls the text, its author and its time', async () => {
  const reading = await readAll(csv(), inMemory(TABLES), ['Ada']);

  assert.deepEqual(rowsOf(reading), [
    'mine | ada | 2024-01-02T03:04:05.000Z | Two\nlines; and "quotes"',
    'theirs | bob | 2023-11-14T22:13:20.000Z | Hi Ada',
    'mine | Ada | null | Undated',
    'theirs | unknown | null | Unsigned',
    'mine | Ada | 2024-02-03T00:00:00.000Z | A tab apart',
  ]);
  assert.deepEqual(countsOf(reading), { empty: 1 });
});

test('a table whose heading does not tell is refused with its columns, and read when they are named', async () => {
  const archive = inMemory({ 'odd.csv': 'nom,propos\nAda,Bonjour\n' });

  await assert.rejects(readAll(csv(), archive, ['Ada']), (error) => {
    assert.ok(error instanceof UserError);
    assert.equal(error.message, 'odd.csv: expected a column with the text, found nom, propos');
    return true;
  });
  const reading = await readAll(csv(parseColumns('text=Propos,author=nom')), archive, ['Ada']);
  assert.deepEqual(rowsOf(reading), ['mine | Ada | null | Bonjour']);
  assert.throws(() => parseColumns('words=x'), /expected MEANING=COLUMN/);
});

test('a heading that is none is told on one line, and not at length', async () => {
  const archive = inMemory({ 'odd.csv': `a;"two\nlines";${'x'.repeat(50)};\u001b[31m\n1;2;3;4\n` });

  await assert.rejects(readAll(csv(), archive, ['Ada']), {
    message: `odd.csv: expected a column with the text, found a, two lines, ${'x'.repeat(40)}…, [31m`,
  });
});

test('a quote that is never closed costs the rest of its table, and no memory', async () => {
  const archive = inMemory({ 'a.csv': `text\nfine\n"${'never closed '.repeat(330_000)}` });

  const reading = await readAll(csv(), archive, ['me']);

  assert.deepEqual(rowsOf(reading), ['mine | me | null | fine']);
  assert.deepEqual(countsOf(reading), { unreadable: 1 });
});

test('lines of JSON keep all digits of their ids, and broken lines cost only themselves', async () => {
  const reading = await readAll(jsonl(), inMemory(LINES), ['ada']);

  assert.deepEqual(rowsOf(reading), ['mine | ada | 2024-01-02T03:04:05.678Z | Exact', 'theirs | bob | null | Other']);
  assert.equal(reading.posts[0]?.id, '897870239797215243');
  assert.deepEqual(countsOf(reading), { empty: 1, unreadable: 2 });
});

test('each line of JSON has fields of its own: who signs only some of them is not overlooked, and one without a text costs only itself', async () => {
  const lines =
    '{"type":"about"}\n{"text":"Mine"}\n{"body":"Theirs","author":"bob"}\n{"text":"Whose?","author":null}\n';
  const archive = inMemory({ 'a.jsonl': lines });

  const reading = await readAll(jsonl(), archive, ['ada']);

  assert.deepEqual(rowsOf(reading), [
    'mine | ada | null | Mine',
    'theirs | bob | null | Theirs',
    'theirs | unknown | null | Whose?',
  ]);
  assert.deepEqual(countsOf(reading), { empty: 1 });
  assert.deepEqual(await jsonl().owner(archive), []);
});

test('lines of JSON none of which has a text are refused with their fields', async () => {
  const archive = inMemory({ 'a.jsonl': '{"nom":"Ada","propos":"Bonjour"}\n' });

  await assert.rejects(readAll(jsonl(), archive, ['ada']), (error) => {
    assert.ok(error instanceof UserError);
    assert.equal(error.message, 'a.jsonl:1: expected a column with the text, found nom, propos');
    return true;
  });
});

const INK = 'text;date\r\nDie Füße im Öl – naß;2024-01-02\r\n';
const INK_LINE = '{"text":"Die Füße im Öl – naß","date":"2024-01-02"}\r\n';
const latin = (text: string) => Buffer.from(text.replaceAll('–', '\x96'), 'latin1');
for (const [encoding, encode] of [
  ['UTF-8', (text: string) => Buffer.from(text)],
  ['UTF-8 with its mark', (text: string) => Buffer.from(`\ufeff${text}`)],
  ['UTF-16 with its mark', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ['UTF-16 without its mark', (text: string) => Buffer.from(text, 'utf16le')],
  ['UTF-16, the other way round with its mark', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ['UTF-16, the other way round and without its mark', (text: string) => Buffer.from(text, 'utf16le').swap16()],
  ['Windows-1252', latin],
] as const) {
  test(`tables and lines of JSON are read in ${encoding}`, async () => {
    const expected = ['mine | ada | 2024-01-02T00:00:00.000Z | Die Füße im Öl – naß'];

    assert.deepEqual(rowsOf(await readAll(csv(), inMemory({ 'a.csv': encode(INK) }), ['ada'])), expected);
    assert.deepEqual(rowsOf(await readAll(jsonl(), inMemory({ 'a.jsonl': encode(INK_LINE) }), ['ada'])), expected);
  });
}

test('a clock without its zone has the one that a person says, and a day alone stays that day', async () => {
  const hints = { zone: 'Europe/Berlin' };
  const table = { 'a.csv': 'text,date\nA,2024-07-01 12:00\nB,2024-07-01\nC,2024-07-01T12:00:00Z\n' };
  const lines = { 'a.jsonl': '{"text":"A","date":"2024-07-01T12:00:00"}\n' };
  const page = { 'a.md': '---\ndate: 2024-07-01 12:00\n---\nA' };

  assert.deepEqual(rowsOf(await readAll(csv(), inMemory(table), ['ada'], hints)), [
    'mine | ada | 2024-07-01T10:00:00.000Z | A',
    'mine | ada | 2024-07-01T00:00:00.000Z | B',
    'mine | ada | 2024-07-01T12:00:00.000Z | C',
  ]);
  for (const [format, files] of [
    [jsonl(), lines],
    [markdown, page],
  ] as const) {
    assert.deepEqual(rowsOf(await readAll(format, inMemory(files), ['ada'], hints)), [
      'mine | ada | 2024-07-01T10:00:00.000Z | A',
    ]);
  }
});

for (const [written, time] of [
  ['1700000000', '2023-11-14T22:13:20.000Z'],
  ['1700000000000', '2023-11-14T22:13:20.000Z'],
  ['2023-11-14 22:13:20 UTC', '2023-11-14T22:13:20.000Z'],
  ['2023-11-14T23:13:20+01:00', '2023-11-14T22:13:20.000Z'],
  ['2023-11-14', '2023-11-14T00:00:00.000Z'],
  ['last week', null],
] as const) {
  test(`"${written}" in a table is ${time ?? 'at no time that there is'}`, async () => {
    const { posts } = await readAll(csv(), inMemory({ 'a.csv': `text,date\nA,${written}\n` }), ['ada']);

    assert.equal(posts[0]?.time, time);
  });
}

test('the line in which Excel says what separates its cells is no heading', async () => {
  const archive = inMemory({ 'a.csv': 'sep=;\r\ntext;date\r\nOne, two;2024-01-02\r\n' });

  assert.deepEqual(rowsOf(await readAll(csv(), archive, ['ada'])), [
    'mine | ada | 2024-01-02T00:00:00.000Z | One, two',
  ]);
});

test('a mark tells UTF-16 in scripts without a single Latin letter, in either order', async () => {
  const written = Buffer.from('\ufeff海是灰色的', 'utf16le');

  const reading = await readAll(plainText, inMemory({ 'a.txt': written, 'b.txt': Buffer.from(written).swap16() }), [
    'me',
  ]);

  assert.deepEqual(rowsOf(reading), ['mine | me | null | 海是灰色的', 'mine | me | null | 海是灰色的']);
});

/** As iconv writes them. */
for (const [encoding, words, bytes] of [
  [
    'Windows-1251',
    'Вчера я долго гулял у моря, и море было серое.',
    'wvfl8OAg/yDk7uvj7iDj8+v/6yDzIOzu8P8sIOgg7O7w5SDh++vuIPHl8O7lLg==',
  ],
  [
    'KOI8-R',
    'Вчера я долго гулял у моря, и море было серое.',
    '997F0sEg0SDEz8zHzyDH1czRzCDVIM3P0tEsIMkgzc/SxSDC2czPINPF0s/FLg==',
  ],
  ['ISO-8859-7', 'Χθες περπάτησα πολύ κοντά στη θάλασσα.', '1+jl8iDw5fHw3PTn8+Eg8O/r/SDq7+303CDz9Ocg6Nzr4fPz4S4='],
  [
    'Shift_JIS',
    '昨日は海辺を長く散歩した。海は灰色だった。',
    'jfCT+oLNikOV04LwkreCrY5VleCCtYK9gUKKQ4LNikSQRoK+gsGCvYFC',
  ],
  ['EUC-JP', '昨日は海辺を長く散歩した。海は灰色だった。', 'uvLG/KTPs6TK1aTyxLmkr7u2yuKkt6S/oaOzpKTPs6W/p6TApMOkv6Gj'],
  ['GB18030', '昨天我在海边散步了很久，海是灰色的。', '1/LM7M7S1Nq6o7HfyaKyvcHLuty+w6OsuqPKx7vSyau1xKGj'],
  ['Big5', '昨天我在海邊散步了很久，海是灰色的。', 'rFGk0afapmKu/MPktLKoQqRGq9ykW6FBrvysT6bHpuKquqFD'],
  ['EUC-KR', '어제 나는 바닷가를 오래 걸었다.', 'vu7BpiCzqrTCILnZtOWwobimIL/At6EgsMm++rTZLg=='],
  [
    'Windows-1256',
    'أمس مشيت طويلا بجانب البحر وكان البحر رماديا',
    'w+PTIOPU7cog2Obt4ccgyMzH5Mggx+HIzdEg5t/H5CDH4cjN0SDR48fP7cc=',
  ],
] as const) {
  test(`a text in ${encoding} is told by its letters`, async () => {
    const archive = inMemory({ 'a.txt': Buffer.from(bytes, 'base64') });

    assert.deepEqual(rowsOf(await readAll(plainText, archive, ['me'])), [`mine | me | null | ${words}`]);
  });
}

test('a damaged byte costs its letter, and not the encoding of the rest', async () => {
  const damaged = Buffer.concat([Buffer.from('Füße, '), Buffer.from([0xff]), Buffer.from(' Öl und à propos')]);

  assert.deepEqual(rowsOf(await readAll(plainText, inMemory({ 'a.txt': damaged }), ['ada'])), [
    'mine | ada | null | Füße, \ufffd Öl und à propos',
  ]);
});

test('tables and lines with an author do not say whose they are; without one they are their owner’s', async () => {
  assert.deepEqual(await csv().owner(inMemory(TABLES)), []);
  assert.deepEqual(await jsonl().owner(inMemory(LINES)), []);
  assert.deepEqual(await csv().owner(inMemory({ 'a.csv': 'text\nhi\n' })), ['me']);
});

test('of a page, the article is the text', async () => {
  const reading = await readAll(html, inMemory(PAGE), ['Ada Marsh']);

  assert.deepEqual(rowsOf(reading), [
    'mine | Ada Marsh | null | <h1>On gulls</h1><p>They scream.</p><article>nested</article>',
    'mine | Ada Marsh | null | <p>No article here.</p>',
  ]);
  assert.equal(reading.posts[0]?.title, 'On gulls & men');
  assert.equal(reading.posts[0]?.language, 'en');
  assert.deepEqual(countsOf(reading), { empty: 1 });
});

test('a page is read in the encoding that it names, and posts that it shows of others are not its author’s', async () => {
  const greek = Buffer.concat([
    Buffer.from(
      '<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1253"></head><body><p>',
    ),
    Buffer.from([0xc8, 0xdc, 0xeb, 0xe1, 0xf3, 0xf3, 0xe1]),
    Buffer.from('</p></body></html>'),
  ]);
  const showing =
    '<body><p>See:</p><blockquote class="twitter-tweet" data-lang="en"><p>theirs</p></blockquote><blockquote cite="https://a.example">theirs</blockquote><blockquote>A verse of mine</blockquote></body>';

  assert.deepEqual(rowsOf(await readAll(html, inMemory({ 'a.html': greek, 'b.html': showing }), ['Ada'])), [
    'mine | Ada | null | <p>Θάλασσα</p>',
    'mine | Ada | null | <p>See:</p><blockquote>A verse of mine</blockquote>',
  ]);
});

test('a book is read in the order of its spine, without its title page, contents and licence', async () => {
  const reading = await readAll(epub, inMemory(BOOK), ['Ada Marsh']);

  assert.deepEqual(
    reading.posts.map(({ id, title, author, time, language, text }) => [id, title, author.id, time, language, text]),
    [
      ['urn:gulls#one.xhtml', 'Gulls', 'Ada Marsh', null, 'en', `<h1>One</h1><p>${CHAPTER}</p>`],
      ['urn:gulls#two b.xhtml', 'Gulls', 'Ada Marsh', null, 'en', `<h1>Two</h1><p>${CHAPTER}</p>`],
      ['urn:gulls#b/one.xhtml', 'Gulls', 'Ada Marsh', null, 'en', `<h1>Three</h1><p>${CHAPTER}</p>`],
    ],
  );
  assert.deepEqual(countsOf(reading), {
    encrypted: 1,
    licence: 1,
    missing: 1,
    'not part of the book': 2,
    'title page': 1,
  });
});

test('books and pages do not say whose they are: another author’s must not pass for the owner’s', async () => {
  assert.deepEqual(await epub.owner(inMemory(BOOK)), []);
  assert.deepEqual(await html.owner(inMemory(PAGE)), []);
});

test('the pages of a book are the book’s, and texts beside a service’s data are that service’s', async () => {
  const detected = async (files: Files) => {
    const found = await Promise.all(writtenFormats().map((format) => format.detect(inMemory(files))));
    return writtenFormats().flatMap(({ name }, index) => (found[index] ? [name] : []));
  };

  assert.deepEqual(await detected(BOOK), ['epub']);
  assert.deepEqual(await detected({ ...TEXTS, ...PAGES }), ['text', 'markdown']);
  assert.deepEqual(await detected({ ...TEXTS, 'some/service.json': '{}' }), []);
});

test('damaged texts, tables, pages and books are read as far as they go', async () => {
  const runs = 60;
  await assertSurvives(plainText, TEXTS, ['me'], runs);
  await assertSurvives(markdown, PAGES, ['me'], runs);
  await assertSurvives(csv(), TABLES, ['ada'], runs);
  await assertSurvives(jsonl(), LINES, ['ada'], runs);
  await assertSurvives(html, PAGE, ['ada'], runs);
  await assertSurvives(epub, BOOK, ['ada'], runs);
});
