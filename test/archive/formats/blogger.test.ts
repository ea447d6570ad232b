import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blogger } from '../../../src/archive/formats/blogger.ts';
import { countsOf, fixtureFiles, inMemory, readAll, rowsOf } from '../in-memory-export.ts';
import { assertSurvives } from '../mutated.ts';

const takeout = fixtureFiles('blogger');
const backup = fixtureFiles('blogger-backup');

test('feeds of Takeout: posts, pages, own comments here and elsewhere, with the comments that they answer', async () => {
  const archive = inMemory(takeout);

  assert.ok(await blogger.detect(archive));
  assert.deepEqual(await blogger.owner(archive), ['Mira Quill']);
  assert.deepEqual(rowsOf(await readAll(blogger, archive)), [
    'mine | Mira Quill | 2020-03-01T08:00:00.123Z | <div class="separator"><a href="x.jpg"><img src="x.jpg"/></a></div>First line<br />second &amp; last',
    'theirs | A reader | 2020-03-01T10:00:00.000Z | Which oil?',
    'mine | Mira Quill | 2020-03-01T11:00:00.000Z | Olive.',
    'mine | Mira Quill | 2019-03-01T11:00:00.000Z | <div><p>I mend <b>kettles</b>.</p></div>',
    'mine | Mira Quill | 2020-05-01T11:00:00.000Z | 1 &lt; 2, as you say',
  ]);
});

test('drafts, what was thrown away, and spam are counted', async () => {
  assert.deepEqual(countsOf(await readAll(blogger, inMemory(takeout))), {
    'comment held back': 1,
    draft: 1,
    trashed: 1,
  });
});

test('a backup of a blog by two: it is asked who is meant, and a namesake is not', async () => {
  const archive = inMemory(backup);

  assert.ok(await blogger.detect(archive));
  assert.deepEqual(await blogger.owner(archive), []);
  assert.deepEqual(rowsOf(await readAll(blogger, archive, ['blogger.com/profile/0001'])), [
    'mine | blogger.com/profile/0001 | 2012-05-01T17:00:00.000Z | It &quot;dries&quot;.',
    "theirs | blogger.com/profile/0009 | 2012-05-04T17:00:00.000Z | A namesake's words",
  ]);
  assert.deepEqual(countsOf(await readAll(blogger, archive, ['blogger.com/profile/0001'])), {
    'by another': 1,
    draft: 1,
    setting: 2,
  });
});

test('titles, labels, addresses and threads are kept', async () => {
  const [first, comment] = (await readAll(blogger, inMemory(takeout))).posts;
  const [old] = (await readAll(blogger, inMemory(backup), ['http://www.blogger.com/profile/0001'])).posts;

  assert.deepEqual(
    [first?.id, first?.title, first?.tags, first?.url],
    ['tag:blogger.com,1999:blog-111.post-1', 'Of oil & wicks', ['oil'], '/2020/03/of-oil.html'],
  );
  assert.deepEqual([comment?.thread, comment?.inReplyTo], [first?.id, first?.id]);
  assert.deepEqual(
    [old?.title, old?.tags, old?.url],
    ['Ink', ['ink'], 'http://pens.blogspot.example/2012/05/ink.html'],
  );
});

test('other feeds are not taken for it', async () => {
  assert.equal(await blogger.detect(inMemory({ 'feed.atom': '<feed xmlns="http://www.w3.org/2005/Atom"/>' })), false);
});

test('damaged feeds are omissions or a line for the person, never a crash', async () => {
  await assertSurvives(blogger, takeout, [], 60);
  await assertSurvives(blogger, backup, ['Mira'], 40);
});
