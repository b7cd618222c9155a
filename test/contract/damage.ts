// Contract: damage to a session's metadata, or to the head of a frame, never costs a frame.

import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { STORED_HEAD_BYTES } from '../../src/store/stored-head.ts';
import { costsTheIncarnation, INJURIES, SEALED_INJURIES } from './injuries.ts';
import {
  appendOf,
  compactionOf,
  type MetadataField,
  MINUTE_MS,
  newSessionId,
  nextEtag,
  readLive,
  readStill,
  type StoreUnderTest,
  seedEtag,
  store,
  storedBytes,
  storeMany,
} from './store-under-test.ts';

/** Instants from here on cannot be written as RFC 3339. */
const YEAR_10000_MS = 253_402_300_800_000;

export function describeDamage(tested: () => StoreUnderTest): void {
  describe('damaged metadata', () => {
    /** A session of a snapshot at revision 3 and two deltas, with one field injured. */
    const injuredSession = async (
      field: MetadataField,
      text: string | undefined,
      { keepsSeal = false } = {},
    ) => {
      const sessionId = newSessionId();
      const appends = await storeMany(tested(), sessionId, 3);
      await tested().store.compact(compactionOf(sessionId, await readLive(tested(), sessionId)));
      appends.push(...(await storeMany(tested(), sessionId, 2)));
      const sound = await readLive(tested(), sessionId);
      await tested().tamper(sessionId, { field, text, keepsSeal });
      return { sessionId, sound, appends };
    };

    it.each(SEALED_INJURIES)(
      'in %s (%j) changes nothing while its seal is there',
      async (field, text) => {
        const { sessionId, sound, appends } = await injuredSession(field, text, {
          keepsSeal: true,
        });
        const { nowMs: _, damage, ...injured } = await readLive(tested(), sessionId);
        const { nowMs: __, damage: none, ...whole } = sound;
        expect(injured).toEqual(whole);
        expect([damage, none]).toEqual([[field], []]);
        const last = appends.at(-1) ?? appendOf(sessionId);
        expect((await tested().store.append(last)).status).toBe('known');
        const append = appendOf(sessionId, { ifMatch: sound.etag });
        const result = await store(tested(), append);
        expect(result).toMatchObject({ revision: 6, created: false, repaired: true });
        expect(result.etag).toBe(nextEtag(sound.etag, append));
        const { createdAtMs, incarnation, flowId } = sound;
        const repaired = await readLive(tested(), sessionId);
        expect(repaired).toMatchObject({ createdAtMs, incarnation, flowId, damage: [] });
        expect(await store(tested(), appendOf(sessionId))).toMatchObject({ repaired: false });
      },
    );

    it.each(INJURIES)('in %s (%j) hides no frame', async (field, text) => {
      const { sessionId, sound } = await injuredSession(field, text);
      const session = await readLive(tested(), sessionId);
      expect(session.frames).toEqual(sound.frames);
      expect(session.recent).toEqual(sound.recent);
      expect(session.revision).toBe(sound.revision);
      expect(session.snapshotBytes).toBe(storedBytes(sound.frames, 'snapshot'));
      expect(session.deltaBytes).toBe(storedBytes(sound.frames, 'delta'));
      for (const instantMs of [session.createdAtMs, session.expiresAtMs]) {
        expect(instantMs).toBeGreaterThanOrEqual(0);
        expect(instantMs).toBeLessThan(YEAR_10000_MS);
      }
    });

    it.each(INJURIES)('in %s (%j) is repaired by the next update', async (field, text) => {
      const { sessionId, sound } = await injuredSession(field, text);
      const append = appendOf(sessionId, { ttlMs: MINUTE_MS });
      const result = await store(tested(), append);
      expect(result).toMatchObject({
        revision: 6,
        created: false,
        repaired: true,
        setAside: false,
      });
      const session = await readLive(tested(), sessionId);
      expect(session.frames.slice(0, -1)).toEqual(sound.frames);
      expect(session.frames.at(-1)?.name).toBe(append.updateId);
      const isNew = costsTheIncarnation(field);
      expect(session.incarnation !== sound.incarnation).toBe(isNew);
      const before = isNew ? seedEtag(session.incarnation) : sound.etag;
      expect(session.etag).toBe(nextEtag(before, append));
      expect(session.snapshotBytes).toBe(storedBytes(session.frames, 'snapshot'));
      expect(session.deltaBytes).toBe(storedBytes(session.frames, 'delta'));
      expect(session).toMatchObject({ revision: 6, etag: result.etag, recent: sound.recent });
      expect(session.createdAtMs).toBeLessThanOrEqual(session.nowMs);
      if (field === 'expires_at')
        expect(session.expiresAtMs).toBeLessThanOrEqual(session.nowMs + MINUTE_MS);
      else expect(session.expiresAtMs).toBe(sound.expiresAtMs);
      if (field !== 'created_at') expect(session.createdAtMs).toBe(sound.createdAtMs);
      expect(await store(tested(), appendOf(sessionId))).toMatchObject({
        revision: 7,
        repaired: false,
      });
    });

    it.each(INJURIES)('in %s (%j) makes no known update a new one', async (field, text) => {
      const { sessionId, sound, appends } = await injuredSession(field, text);
      for (const [place, append] of appends.entries()) {
        expect(await tested().store.append(append)).toMatchObject({
          status: 'known',
          revision: place + 1,
        });
      }
      expect((await readLive(tested(), sessionId)).frames).toEqual(sound.frames);
    });

    it.each(SEALED_INJURIES)(
      'in %s (%j), once repaired, refuses the compactor that had read before',
      async (field, text) => {
        const { sessionId, sound } = await injuredSession(field, text);
        await storeMany(tested(), sessionId, 1);
        const before = await readStill(tested(), sessionId);
        expect(await tested().store.compact(compactionOf(sessionId, sound))).toBe('changed');
        expect(await readStill(tested(), sessionId)).toEqual(before);
      },
    );

    it.each(['snapshot_bytes', 'delta_bytes'] as const)(
      'in %s that claims more than there is refuses no update, and is repaired by it',
      async (field) => {
        const { sessionId, sound } = await injuredSession(field, '999999999');
        const sessionMaxBytes = 10_000;
        const full = appendOf(sessionId, { frame: Buffer.alloc(sessionMaxBytes) });
        const { snapshotBytes, deltaBytes } = sound;
        const refused = { status: 'needs-fold', snapshotBytes, deltaBytes };
        expect(await tested().store.append({ ...full, sessionMaxBytes })).toEqual(refused);
        const result = await store(tested(), appendOf(sessionId, { sessionMaxBytes }));
        expect(result).toMatchObject({ revision: 6, created: false, repaired: true });
        const session = await readLive(tested(), sessionId);
        expect(result.snapshotBytes).toBe(storedBytes(session.frames, 'snapshot'));
        expect(result.deltaBytes).toBe(storedBytes(session.frames, 'delta'));
        expect(session.incarnation).toBe(sound.incarnation);
        const next = await store(tested(), appendOf(sessionId, { sessionMaxBytes }));
        expect(next).toMatchObject({ revision: 7, repaired: false });
      },
    );

    it.each(INJURIES.filter(([field]) => field === 'incarnation'))(
      'in %s (%j) keeps compaction away until it is repaired',
      async (field, text) => {
        const { sessionId } = await injuredSession(field, text);
        const view = await readLive(tested(), sessionId);
        expect(await tested().store.compact(compactionOf(sessionId, view))).toBe('changed');
        await store(tested(), appendOf(sessionId));
        const repaired = await readLive(tested(), sessionId);
        expect(await tested().store.compact(compactionOf(sessionId, repaired))).toBe('compacted');
      },
    );

    it.each(INJURIES.filter(([field]) => field !== 'incarnation'))(
      'in %s (%j) keeps no compaction away, and costs no revision through it',
      async (field, text) => {
        const { sessionId } = await injuredSession(field, text);
        const view = await readLive(tested(), sessionId);
        expect(await tested().store.compact(compactionOf(sessionId, view))).toBe('compacted');
        expect((await readLive(tested(), sessionId)).frames).toHaveLength(1);
        const next = await store(tested(), appendOf(sessionId));
        expect(next).toMatchObject({ revision: 6, created: false });
        const { frames, snapshotBytes, deltaBytes } = await readLive(tested(), sessionId);
        expect(frames).toHaveLength(2);
        expect(snapshotBytes).toBe(storedBytes(frames, 'snapshot'));
        expect(deltaBytes).toBe(storedBytes(frames, 'delta'));
      },
    );
  });

  describe('a damaged frame', () => {
    const damagedValues: [string, (bytes: Uint8Array) => Buffer][] = [
      ['a head of noise', (bytes) => Buffer.concat([randomBytes(STORED_HEAD_BYTES), bytes])],
      ['nothing behind its head', () => Buffer.alloc(STORED_HEAD_BYTES, '0')],
      ['half a head', () => Buffer.from('00000')],
      ['no bytes', () => Buffer.alloc(0)],
    ];

    it.each(damagedValues)(
      'of %s is read, never overwritten, and may be compacted',
      async (_, damaged) => {
        const sessionId = newSessionId();
        const [first, second] = await storeMany(tested(), sessionId, 2);
        if (first === undefined || second === undefined) throw new Error('two updates were stored');
        const value = damaged(first.frame);
        await tested().tamper(sessionId, { frame: first.updateId, value });

        const view = await readLive(tested(), sessionId);
        const found = view.frames.find((frame) => frame.name === first.updateId);
        const bytes = value.subarray(STORED_HEAD_BYTES);
        expect(Buffer.compare(found?.bytes ?? Buffer.from('none'), bytes)).toBe(0);
        expect(view.frames.find((frame) => frame.name === second.updateId)?.revision).toBe(2);

        const before = await readStill(tested(), sessionId);
        expect((await tested().store.append(first)).status).toBe('known');
        expect(await readStill(tested(), sessionId)).toEqual(before);

        expect(await tested().store.compact(compactionOf(sessionId, view))).toBe('compacted');
        expect((await readLive(tested(), sessionId)).frames.map((frame) => frame.kind)).toEqual([
          'snapshot',
        ]);
      },
    );

    it.each([
      ['noise', 'x'.repeat(STORED_HEAD_BYTES)],
      ['a revision that no session reaches', `9999999999${'0'.repeat(20)}`],
    ])('whose head is %s counts as revision 0', async (_, head) => {
      const append = appendOf(newSessionId());
      await store(tested(), append);
      const value = Buffer.concat([Buffer.from(head), append.frame]);
      await tested().tamper(append.sessionId, { frame: append.updateId, value });
      const [found] = (await readLive(tested(), append.sessionId)).frames;
      expect(found).toMatchObject({ revision: 0, etag: '', kind: 'delta' });
    });

    it('whose head is damaged leaves, alone in its fold, a whole snapshot, and is still known', async () => {
      const append = appendOf(newSessionId());
      await store(tested(), append);
      const value = Buffer.concat([Buffer.alloc(STORED_HEAD_BYTES, 'x'), append.frame]);
      await tested().tamper(append.sessionId, { frame: append.updateId, value });
      const compaction = compactionOf(append.sessionId, await readLive(tested(), append.sessionId));
      expect(await tested().store.compact(compaction)).toBe('compacted');
      const [snapshot] = (await readLive(tested(), append.sessionId)).frames;
      const bytes = snapshot?.bytes ?? Buffer.from('none');
      expect(Buffer.compare(bytes, compaction.snapshot.frame)).toBe(0);
      expect(await tested().store.append(append)).toMatchObject({ status: 'known' });
    });
  });
}
