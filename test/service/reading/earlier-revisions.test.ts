// Going back to an earlier revision, as long as its frames have not been folded.

import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, test } from 'vitest';
import { openScratch, type Scratch, type Service, variable } from '../scratch-services.ts';

let scratch: Scratch;
let service: Service;
let etags: string[];
beforeEach(async () => {
  scratch = openScratch();
  service = scratch.open({ settings: { sessionTtlMs: 60_000 } });
  etags = [''];
  for (const step of [1, 2, 3]) {
    etags.push((await scratch.persist(service, { userId: 'u', ...variable('step', step) })).etag);
  }
});

/** Spoils the head of a stored frame: its revision is not known any more. */
async function damageHead(revision: number): Promise<void> {
  const { frames = [] } = (await scratch.store.read('s')) ?? {};
  const { name = '', value = new Uint8Array() } =
    frames.find((frame) => frame.revision === revision) ?? {};
  const spoiled = Uint8Array.from(value, (byte, place) => (place === 0 ? 0x78 : byte));
  const database = new DatabaseSync(scratch.path);
  const { changes } = database
    .prepare('UPDATE frames SET value = ? WHERE name = ?')
    .run(spoiled, name);
  expect(changes).toBe(1);
  database.close();
}

describe('restore at an earlier revision', () => {
  test('answers the state, the revision and the etag right after it, and the time left now', async () => {
    for (const revision of [1, 2, 3]) {
      const restored = await scratch.restore(service, revision);
      expect(restored).toMatchObject({
        revision,
        etag: etags[revision],
        outcome: 'intact',
        userId: 'u',
      });
      expect(restored?.variables).toMatchObject([{ key: 'step', json: String(revision) }]);
      expect(restored?.ttlMs).toBeGreaterThan(50_000);
    }
    expect(await scratch.restore(service)).toMatchObject({ revision: 3, etag: etags[3] });
  });

  test('is refused for one whose frames were folded, naming the oldest that can be had', async () => {
    await service.compactor.compact('s');
    await scratch.persist(service, variable('step', 4));
    const refused = scratch.restore(service, 2);
    await expect(refused).rejects.toMatchObject({
      reason: 'compacted',
      facts: { oldestRevision: 3 },
    });
    await expect(scratch.inspect(service, 2)).rejects.toMatchObject({ reason: 'compacted' });
    expect(await scratch.restore(service, 3)).toMatchObject({ revision: 3, etag: etags[3] });
    expect((await scratch.restore(service, 3))?.variables).toMatchObject([{ json: '3' }]);
    expect((await scratch.restore(service, 4))?.variables).toMatchObject([{ json: '4' }]);
  });

  test('is unusable for one that the session has not reached', async () => {
    await expect(scratch.restore(service, 4)).rejects.toMatchObject({
      reason: 'invalid',
      violations: [{ pointer: '/revision' }],
    });
  });

  test.each([-1, 1.5, Number.NaN])('is unusable for %d', async (revision) => {
    const unusable = { reason: 'invalid', violations: [{ pointer: '/revision' }] };
    await expect(scratch.restore(service, revision)).rejects.toMatchObject(unusable);
    await expect(scratch.inspect(service, revision)).rejects.toMatchObject(unusable);
  });

  test('needs its own session, since the newest of a user has other revisions', async () => {
    const query = { receipt: scratch.receipt(), userId: 'u', revision: 1 };
    await expect(service.restore({ ...query, sessionId: '' })).rejects.toMatchObject({
      reason: 'invalid',
      violations: [{ pointer: '/revision' }],
    });
    expect(await service.restore({ ...query, sessionId: 'gone' })).toBeUndefined();
  });

  test('of a session that is not there finds nothing', async () => {
    const query = { receipt: scratch.receipt(), sessionId: 'gone', userId: '', revision: 7 };
    expect(await service.restore(query)).toBeUndefined();
  });
});

test('a frame from before a snapshot that could not be folded is no way back behind it', async () => {
  const quarantine = () => Promise.reject(new Error('down'));
  const keeping = scratch.open({ faults: { quarantine } });
  const update = {
    sessionId: 't',
    updateId: 'x'.repeat(22),
    frame: Buffer.from('no frame'),
    flowId: '',
  };
  const moment = { receivedAtMonotonicMs: performance.now(), ttlMs: 60_000, sessionMaxBytes: 1e6 };
  const rest = { lockToken: '', ifMatch: '', userId: '', eventMs: 0 };
  await scratch.store.append({ ...update, ...moment, ...rest });
  await scratch.persist(keeping, { sessionId: 't' });
  expect(await keeping.compactor.compact('t')).toBe('compacted');
  const query = { receipt: scratch.receipt(), sessionId: 't', userId: '' };
  await expect(keeping.restore({ ...query, revision: 1 })).rejects.toMatchObject({
    reason: 'compacted',
    facts: { oldestRevision: 2 },
  });
  expect(await keeping.restore({ ...query, revision: 2 })).toMatchObject({ outcome: 'recovered' });
  await keeping.compactor.idle();
});

describe('where the head of a frame is damaged, an earlier revision', () => {
  test('is recovered without that frame, whose place is not known', async () => {
    await damageHead(1);
    expect(await scratch.restore(service, 2)).toMatchObject({
      outcome: 'recovered',
      etag: etags[2],
    });
    expect(await scratch.restore(service, 3)).toMatchObject({
      outcome: 'recovered',
      etag: etags[3],
    });
    expect(await scratch.restore(service)).toMatchObject({ outcome: 'intact', revision: 3 });
    expect(await scratch.inspect(service)).toMatchObject({ oldestRevision: 2 });
  });

  test('is the latest, asked for by its number, with the etag that the session has', async () => {
    await damageHead(3);
    const latest = await scratch.restore(service, 3);
    expect(latest).toMatchObject({ revision: 3, etag: etags[3], outcome: 'recovered' });
    // The state without the frame whose place is not known.
    expect(latest?.variables).toMatchObject([{ json: '2' }]);
    expect(await scratch.restore(service, 2)).toMatchObject({
      ...{ revision: 2, etag: etags[2], outcome: 'recovered' },
    });
    expect(await scratch.restore(service)).toMatchObject({ revision: 3, etag: etags[3] });
    expect(await scratch.inspect(service, 3)).toMatchObject({
      state: { revision: 3, etag: etags[3] },
    });
  });

  test('has no etag, if it was the frame of that revision', async () => {
    await damageHead(2);
    const restored = await scratch.restore(service, 2);
    expect(restored).toMatchObject({ outcome: 'recovered', etag: '', variables: [{ json: '1' }] });
  });
});

test('inspect at an earlier revision shows the state and the frames up to it, and the session as it is', async () => {
  const now = await scratch.inspect(service);
  const inspected = await scratch.inspect(service, 2);
  expect(inspected?.frames.map(({ revision }) => revision)).toEqual([1, 2]);
  expect(inspected).toMatchObject({
    state: { revision: 2, etag: etags[2], variables: [{ json: '2' }] },
    oldestRevision: 1,
    deltaBytes: now?.deltaBytes,
  });
  await service.compactor.compact('s');
  expect(await scratch.inspect(service)).toMatchObject({ oldestRevision: 3 });
});
