import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { bestHours, chooseHours, ENOUGH_MEASURED } from '../../../src/daemon/schedule/best-hours.ts';
import { rhythmSentence } from '../../../src/daemon/schedule/schedule-of.ts';
import { loadPersona } from '../../../src/persona/load-persona.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { insertDraft, NOON } from '../../queue/prepared-drafts.ts';
import { toyHome, writePersona } from '../toy-home.ts';

let store: Store;
beforeEach(() => {
  store = openStore(':memory:');
});
afterEach(() => store.close());

const at = (hour: number, worth: number) => ({ at: `2026-11-01T${String(hour).padStart(2, '0')}:10:00.000Z`, worth });
const hourOf = (time: string) => new Date(time).getUTCHours();
const always = { hourOf, isAwake: () => true };

test('the best hours are those whose posts are taken best on average; one lucky post does not make an hour', () => {
  const measured = [
    ...Array.from({ length: 30 }, () => at(8, 3)),
    ...Array.from({ length: 30 }, () => at(20, 2.9)),
    ...Array.from({ length: 30 }, () => at(13, 1)),
    at(3, 5),
  ];

  const { hours, because } = chooseHours({ ...always, measured, archived: [], count: 2 });

  assert.deepEqual(hours, [8, 20]);
  assert.equal(because, 'when its 91 measured posts were taken best');
});

test('without enough of them, the hours in which the owner wrote; without an archive, usual ones', () => {
  const measured = Array.from({ length: ENOUGH_MEASURED - 1 }, () => at(4, 9));
  const archived = [7, 7, 7, 22, 22, 9].flatMap((hour) => Array.from({ length: 5 }, () => at(hour, 1)));

  assert.deepEqual(chooseHours({ ...always, measured, archived, count: 2 }), {
    hours: [7, 22],
    because: 'when the 30 posts of its archive were written most',
  });
  assert.deepEqual(chooseHours({ ...always, measured, archived: [], count: 2 }).hours, [9, 13]);
});

test('no hour in which it sleeps is a best one', () => {
  const measured = Array.from({ length: 72 }, (_, index) => at(index % 24, index % 24 === 3 ? 9 : 1));

  const { hours } = chooseHours({ ...always, isAwake: (hour) => hour >= 8, measured, archived: [], count: 3 });

  assert.deepEqual(hours, [8, 9, 10]);
});

test('hours are those of the zone, counted from the newest outcomes once a day', async () => {
  const home = toyHome();
  writePersona(home, 'ada', 'schedule: { posts: { bestHours: 1, timezone: Asia/Tokyo, between: "00:00-24:00" } }');
  const persona = loadPersona(`${home}/personas/ada`);
  for (let index = 0; index < ENOUGH_MEASURED; index++) {
    const id = await insertDraft(store, [`post ${index}`]);
    const good = index % 2 === 0;
    await store.db
      .updateTable('drafts')
      .set({ published_at: `2026-11-01T${good ? '11' : '02'}:05:00.000Z` })
      .where('id', '=', id)
      .execute();
    for (const likes of [100, good ? 9 : 1]) {
      await store.db
        .insertInto('outcomes')
        .values({ draft_id: id, at: NOON.toISOString(), likes, boosts: 0, replies: 0 })
        .execute();
    }
  }

  const { hours, because } = await bestHours(store, persona, NOON);
  await store.db.deleteFrom('outcomes').execute();
  const again = await bestHours(store, persona, new Date(NOON.getTime() + 3_600_000));
  const nextDay = await bestHours(store, persona, new Date(NOON.getTime() + 25 * 3_600_000));

  assert.deepEqual([hours, again.hours, nextDay.hours], [[20], [20], [9]]);
  assert.match(because, /50 measured posts/);
});

test('its owner is told when it posts, and who says so', async () => {
  const home = toyHome();
  writePersona(home, 'ada', 'schedule: { posts: { bestHours: 2, timezone: Europe/Paris } }');
  writePersona(home, 'bob', 'schedule: { posts: { cron: "0 9 * * mon-fri" } }');
  const sentence = (name: string) => rhythmSentence(store, loadPersona(`${home}/personas/${name}`), NOON);

  assert.equal(
    await sentence('ada'),
    'It posts in the best 2 hours of the day (Europe/Paris): 9:00, 13:00, as long as neither outcomes nor an archive tell of better ones.',
  );
  assert.equal(await sentence('bob'), 'It posts at 0 9 * * mon-fri (UTC).');
});
