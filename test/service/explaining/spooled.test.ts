// What waits in the spool of a sidecar, in its timelines and explanations: it is shown as not
// stored yet, and what an erase will drop is said to be dropped.

import { expect, test } from 'vitest';
import { useClockOfTimers } from '../../support/clock-of-timers.ts';
import type { Service } from '../scratch-services.ts';
import { variable } from '../scratch-services.ts';
import { DOUBT_MS, HOUR_MS, openSpoolWorld } from '../spooling/spool-world.ts';

useClockOfTimers();

const HELD = { settings: { sessionTtlMs: 48 * HOUR_MS } };

/** A sidecar that has spooled updates, over a store that another one can write to. */
async function spooling(...updates: object[]) {
  const world = openSpoolWorld(HELD);
  const { service } = world.start();
  const other = world.open(HELD);
  await world.persist(other, { ...variable('a', 0), userId: 'u' });
  world.leave();
  for (const update of updates) await world.persist(service, update);
  world.comeBack();
  for (const name of ['append', 'index']) world.away.add(name);
  const asked = { receipt: world.receipt(), sessionId: 's', valueMaxBytes: 0 };
  const timeline = (of: Service = service) =>
    of.timeline({ ...asked, newestFirst: false, pageSize: 0, pageToken: '' });
  const explain = (of: Service = service) =>
    of.explain({ ...asked, pointer: '/variables/a', revision: 0, wholeValue: false });
  return { world, service, other, timeline, explain };
}

test('spooled updates come last, and may have won', async () => {
  const { other, timeline, explain } = await spooling(variable('a', 1), variable('a', 2));
  const shown = await timeline();
  expect(shown?.entries).toMatchObject([
    { revision: 1, isSpooled: false },
    { revision: 0, isSpooled: true, changes: [{ before: { json: '0' }, after: { json: '1' } }] },
    {
      ...{ revision: 0, isSpooled: true, changes: [{ before: { json: '1' } }] },
      summary: 'An update, which is not stored yet, changed 1 value.',
    },
  ]);
  expect(await explain()).toMatchObject({
    ...{ revision: 1, value: { json: '2' }, decidedBy: { isSpooled: true, revision: 0 } },
    lost: [{ update: { isSpooled: true } }, { update: { isSpooled: false, revision: 1 } }],
  });
  expect((await explain())?.reason).toMatch(/^Update \S+, which is not stored yet, set it/);
  expect((await timeline(other))?.entries).toHaveLength(1);
  expect(await explain(other)).toMatchObject({ value: { json: '0' }, lost: [] });
});

test('what was spooled before an erase has lost against it', async () => {
  const { world, service, other, timeline, explain } = await spooling(variable('a', 1));
  await world.erase(other);
  expect(await explain()).toBeUndefined();
  world.advance(DOUBT_MS);
  await world.persist(service, variable('a', 2));
  const explained = await explain();
  expect(explained).toMatchObject({
    value: { json: '2' },
    lost: [{ update: { value: { json: '1' }, isSpooled: true }, lostAgainst: 'erased' }],
  });
  expect(explained?.lost[0]).toMatchObject({ decidedBy: undefined });
  expect(explained?.lost[0]?.reason).toMatch(
    /set it, but the session was erased at \d{4}-\S+Z, after it was received: it will be dropped\.$/,
  );
  expect((await timeline())?.entries).toMatchObject([{ changes: [{ after: { json: '2' } }] }]);
});

test('what was spooled before the user was erased has lost against that', async () => {
  const { world, service, other, explain } = await spooling({ ...variable('a', 1), userId: 'v' });
  await world.eraseUser(other, 'v');
  const explained = await explain();
  expect(explained).toMatchObject({ value: { json: '0' }, lost: [{ lostAgainst: 'erased' }] });
  expect(explained?.lost[0]?.reason).toContain('but the user of the session was erased at');
  world.advance(DOUBT_MS);
  await world.persist(service, variable('a', 2));
  expect(await explain()).toMatchObject({ value: { json: '2' } });
});
