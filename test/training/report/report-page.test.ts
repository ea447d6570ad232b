import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineChart, PAPER } from '../../../src/training/report/line-chart.ts';
import { reportPage } from '../../../src/training/report/report-page.ts';
import { losses, toldTraining } from './told-training.ts';

test('the report stands alone, and shows texts without obeying them', () => {
  const page = reportPage(toldTraining());

  assert.doesNotMatch(page, /<(script|img|link|iframe)|https?:(?!\/\/www\.w3\.org\/2000\/svg)/);
  assert.match(page, /&lt;\/script&gt;&lt;img src=x onerror=&quot;alert\(1\)&quot;&gt;\[31m &amp; so on/);
  assert.match(page, /default-src 'none'/);
  assert.match(page, /prefers-color-scheme: dark/);
  assert.doesNotMatch(page, /NaN|undefined|\[object|Infinity/);
});

test('the report has the curves, the samples of every look, every setting with its source, and the verdicts', () => {
  const page = reportPage(toldTraining());

  for (const title of ['Loss in nats', 'Learning rate', 'Held-out loss of every corpus', 'Share of n-grams']) {
    assert.match(page, new RegExp(`<svg [^>]*aria-label="${title}`));
  }
  assert.match(page, /best, 3\.372/);
  assert.match(page, /after stage 1, step 100<\/td><td class="n">3\.400<\/td><td class="n">4\.100/);
  assert.deepEqual(
    [...page.matchAll(/<summary>(.*?)<\/summary>/g)].map(([, summary]) => summary),
    ['Step 240', 'Step 120', 'Step 0'],
  );
  assert.match(page, /weightDecay<\/td><td>0\.1<\/td><td>GPT-3, arXiv 2005\.14165/);
  assert.match(page, /Says texts by heart|lies in copies of 20 words/);
  assert.match(page, /Passed: this is the persona’s model now/);
  assert.match(page, /20 words or more<\/td><td class="n">0\.0%/);
});

test('a training that had barely begun has a report too', () => {
  const [first] = losses();

  const page = reportPage({ ...toldTraining(), losses: [first!], samples: [], memorisation: undefined });

  assert.doesNotMatch(page, /NaN|undefined|Infinity|<h2>Samples|<figure><\/figure>/);
});

test('a picture of curves has its own paper where it stands alone, and no more points than can be seen', () => {
  const points = Array.from({ length: 20_000 }, (_, x) => ({ x, y: x }));

  const svg = lineChart(
    { title: 'A <line>', x: 'x', y: 'y', lines: [{ name: 'long', points, colour: 'first' }] },
    PAPER,
  );

  assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^>]*aria-label="A &lt;line&gt;"/);
  assert.doesNotMatch(svg, /var\(/);
  assert.ok(svg.length < 40_000);
});
