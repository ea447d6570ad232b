import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readFigures } from '../../src/daemon/note-figures.ts';
import { readStatus } from '../../src/daemon/status.ts';
import { readTimeline } from '../../src/publishing/local.ts';
import { getDraft, listDrafts } from '../../src/queue/draft.ts';
import { approve } from '../../src/review/decide.ts';
import { openStore, storeFile } from '../../src/store/store.ts';
import { writeRandomModel } from '../model/random-model.ts';
import { BIN, type LogLine, runDaemon } from './running-daemon.ts';
import { toyHome, writePersona } from './toy-home.ts';

const QUEUED = 'A draft waits for your review';
const says = (msg: string, persona?: string) => (line: LogLine) =>
  line.msg.startsWith(msg) && (persona === undefined || line.persona === persona);

test('a daemon begins with a malloc that gives memory back, as the process that was started', {
  skip: process.platform !== 'linux' && 'malloc is glibc’s',
}, async () => {
  await using daemon = runDaemon(toyHome('ada'));

  await daemon.logged(({ msg }) => msg === 'Persona taken up');

  assert.match(readFileSync(`/proc/${daemon.process.pid}/environ`, 'utf8'), /(?:^|\0)MALLOC_MMAP_THRESHOLD_=262144\0/);
});

test('every persona gets its drafts, an approved one is published, SIGTERM ends it cleanly', async () => {
  const home = toyHome('ada', 'bea');
  await using daemon = runDaemon(home);
  const { draft } = await daemon.logged(says(QUEUED, 'ada'));
  await daemon.logged(says(QUEUED, 'bea'));
  await using store = disposableStore(home);

  await approve(store, { draftId: draft!, now: new Date(), undoMs: 0 });
  await daemon.logged(says('Published', 'ada'));

  const { text } = await getDraft(store, draft!);
  assert.deepEqual(
    (await readTimeline(store)).map((post) => post.text),
    [text],
  );
  const { code, ms } = await daemon.end('SIGTERM');
  assert.equal(code, 0);
  assert.ok(ms < 5000);
  assert.equal(await store.db.selectFrom('daemon').selectAll().executeTakeFirst(), undefined);
});

test('its figures are at /metrics where a port was given, and in its status', async () => {
  const home = toyHome('ada');
  await using daemon = runDaemon(home, '--metrics', '0');
  const { url } = await daemon.logged(says('Figures for Prometheus'));
  await daemon.logged(says(QUEUED));

  const text = await (await fetch(url!)).text();
  await using store = disposableStore(home);
  let host = await readFigures(store);
  while (!host || host.tokens === 0) host = await readFigures(store);

  assert.match(text, /eidolon_model_host_tokens_total [1-9]/);
  assert.match(text, /eidolon_model_host_model_bytes\{model="toy",device="cpu"\} [1-9]/);
  assert.deepEqual(
    host.models.map(({ folder }) => path.basename(folder)),
    ['toy'],
  );
  const { host: shown, personas } = await readStatus(store, home, new Date());
  assert.equal(shown?.models[0]?.device, 'cpu');
  assert.equal(personas[0]?.device, 'cpu');
});

test("a second daemon on the same home is refused with the first one's pid, and the first goes on", async () => {
  const home = toyHome('ada');
  await using daemon = runDaemon(home);
  await daemon.logged(says('Persona taken up'));

  const second = spawnSync(process.execPath, [BIN, 'start'], {
    env: { ...process.env, EIDOLON_HOME: home },
    encoding: 'utf8',
  });

  assert.equal(second.status, 1);
  assert.match(second.stderr, new RegExp(`process ${daemon.process.pid}`));
  await daemon.logged(says(QUEUED));
});

test('a daemon that was killed is followed by another, which finds what the first one wrote', async () => {
  const home = toyHome('ada');
  {
    await using daemon = runDaemon(home);
    await daemon.logged(says(QUEUED));
    await daemon.end('SIGKILL');
  }

  await using daemon = runDaemon(home);
  await daemon.logged(says(QUEUED)); // the queue has room for two

  await using store = disposableStore(home);
  assert.equal((await listDrafts(store)).length, 2);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} in the middle of a generation ends it within 5 seconds and leaves no half of a round`, async () => {
    const home = toyHome();
    writeRandomModel(path.join(home, 'models', 'slow'), { n_positions: 1024, n_layer: 8, n_embd: 64 });
    writePersona(home, 'ada');
    writeFileSync(
      path.join(home, 'personas', 'ada', 'persona.yaml'),
      'name: ada\nmodel: slow\nsampling: { maxTokens: 1000 }\nquality: { candidates: 64 }\n',
    );
    await using daemon = runDaemon(home);
    await daemon.logged(says('Generates'));

    const { code, ms } = await daemon.end(signal);

    assert.equal(code, 0);
    assert.ok(ms < 5000, `${ms} ms`);
    assert.deepEqual(
      daemon.lines.filter(({ level }) => level >= 40),
      [],
    );
    await using store = disposableStore(home);
    assert.deepEqual(await store.db.selectFrom('rounds').selectAll().execute(), []);
  });
}

test('personas are taken up, left out while they are broken, and let go, without a restart', async () => {
  const home = toyHome('ada');
  await using daemon = runDaemon(home);
  await daemon.logged(says(QUEUED, 'ada'));

  writePersona(home, 'bea');
  await daemon.logged(says(QUEUED, 'bea'));
  writePersona(home, 'bea', 'sampling: { topq: 1 }');
  const broken = await daemon.logged(says('Persona left out', 'bea'));
  writePersona(home, 'cleo');
  await daemon.logged(says(QUEUED, 'cleo'));
  rmSync(path.join(home, 'personas', 'bea'), { recursive: true });
  await daemon.logged(says('Persona removed', 'bea'));

  assert.match(broken.msg, /persona\.yaml:\d+:\d+/);
  assert.equal(daemon.lines.filter(says('Persona left out')).length, 1);
});

test('a job that fails is one line, with what to do, and the other personas go on', async () => {
  const home = toyHome('bea');
  writePersona(home, 'ada', 'blocklist: []');
  writeFileSync(path.join(home, 'personas', 'ada', 'persona.yaml'), 'name: ada\nmodel: missing\n');
  await using daemon = runDaemon(home);

  await daemon.logged(({ job, level }) => job === 'compose:ada' && level === 50);
  await daemon.logged(says(QUEUED, 'bea'));

  const failures = daemon.lines.filter(({ level }) => level >= 40);
  assert.equal(failures.length, 1);
  assert.match(failures[0]!.msg, /^Failed: .*models\/missing/);
});

test('a dry run says what it would publish, once, and publishes nothing', async () => {
  const home = toyHome('ada');
  await using daemon = runDaemon(home, '--dry-run');
  const { draft } = await daemon.logged(says(QUEUED));
  await using store = disposableStore(home);

  await approve(store, { draftId: draft!, now: new Date(), undoMs: 0 });
  await daemon.logged(says('Would be published'));
  writePersona(home, 'bea'); // some ticks later
  await daemon.logged(says(QUEUED, 'bea'));

  assert.equal((await getDraft(store, draft!)).status, 'approved');
  assert.deepEqual(await readTimeline(store), []);
  assert.equal(daemon.lines.filter(says('Would be published')).length, 1);
});

function disposableStore(home: string) {
  const store = openStore(storeFile(home));
  return { ...store, [Symbol.asyncDispose]: () => store.close() };
}
