// Encrypted contents on every store: rotations, a key that is lost and comes back, and what is
// written again when.

import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createEncryptedStore } from '../../../src/service/encrypting/encrypted-store.ts';
import type { CompactionResult } from '../../../src/service/parts.ts';
import { keyIdOf } from '../../../src/session/encryption/frame-cipher.ts';
import type { SessionStore } from '../../../src/store/session-store.ts';
import { createTestCipher } from '../../support/encryption-keys.ts';
import { clusterTarget } from '../../support/redis-store.ts';
import { openRedisUnderTest } from '../../support/redis-under-test.ts';
import { STORES_TO_DAMAGE } from '../../support/stores-to-damage.ts';
import {
  commandOf,
  createTestService,
  receiptNow,
  type TestServiceOptions,
} from '../../support/test-service.ts';

const STORES = {
  ...STORES_TO_DAMAGE,
  'a Redis Cluster': () => openRedisUnderTest(clusterTarget()),
};

describe.each(Object.entries(STORES))('on %s', (_, open) => {
  test('a session is read back after two rotations, and after the old keys are gone', async () => {
    const world = await openWorld(open, 'one');
    await world.save('first');
    world.keys.replace('two', ['one', 'two']);
    await world.save('second');
    world.keys.replace('three', ['one', 'two', 'three']);
    await world.save('third');
    expect(await world.keyIds()).toEqual(['one', 'two', 'three']);
    const all = { first: 1, second: 1, third: 1 };
    expect(await world.restored()).toEqual({ outcome: 'intact', ...all });

    expect(await world.service.compactor.compact(world.sessionId)).toBe('compacted');
    expect(await world.keyIds()).toEqual(['three']);
    world.keys.replace('three');
    expect(await world.restored()).toEqual({ outcome: 'intact', ...all });
    expect(world.notOpened).toEqual([]);
    await world.close();
  });

  test('a lost key costs what was encrypted with it, until it is back', async () => {
    const world = await openWorld(open, 'one');
    await world.save('first');
    world.keys.replace('two');
    expect(await world.restored()).toMatchObject({
      outcome: 'fallback',
      corruptionDetected: 'true',
    });
    // Enough for a compaction to be due, which keeps what it cannot read.
    for (const name of ['second', 'third', 'fourth']) await world.save(name, 8000);
    await world.service.compactor.idle();
    expect(new Set(world.compactions)).toEqual(new Set(['blocked']));
    expect(await world.keyIds()).toEqual(['one', 'two', 'two', 'two']);
    const rest = { second: 1, third: 1, fourth: 1 };
    expect(await world.restored()).toEqual({ outcome: 'recovered', ...rest });
    const inspection = await world.inspect();
    expect(inspection?.frames[0]).toMatchObject({ verdict: 'sealed', variables: [] });
    expect(inspection?.quarantine).toEqual([]);
    expect(new Set(world.notOpened)).toEqual(new Set(['one key_missing']));

    world.keys.replace('two', ['one', 'two']);
    expect(await world.restored()).toEqual({ outcome: 'intact', first: 1, ...rest });
    expect(await world.service.compactor.compact(world.sessionId)).toBe('compacted');
    expect(await world.keyIds()).toEqual(['two']);
    expect(await world.restored()).toEqual({ outcome: 'intact', first: 1, ...rest });
    await world.close();
  });

  test('a compaction encrypts what was not, and again what a former key encrypted', async () => {
    const world = await openWorld(open, '');
    await world.save('first');
    await world.save('second');
    expect(await world.keyIds()).toEqual(['', '']);
    const { compact } = world.service.compactor;
    const keyIdsAfter = async (current: string, result: CompactionResult) => {
      world.keys.replace(current, ['one', 'two']);
      expect(await compact(world.sessionId)).toBe(result);
      return world.keyIds();
    };
    expect(await keyIdsAfter('one', 'compacted')).toEqual(['one']);
    expect(await keyIdsAfter('one', 'skipped')).toEqual(['one']);
    expect(await keyIdsAfter('two', 'compacted')).toEqual(['two']);
    expect(await keyIdsAfter('', 'compacted')).toEqual(['']);
    expect(await world.restored()).toEqual({ outcome: 'intact', first: 1, second: 1 });
    await world.close();
  });

  test('a compressed snapshot is encrypted, too', async () => {
    const world = await openWorld(open, 'one', { settings: { writeFormat: 2 } });
    for (const name of ['first', 'second']) await world.save(name, 4000);
    expect(await world.service.compactor.compact(world.sessionId)).toBe('compacted');
    expect(await world.keyIds()).toEqual(['one']);
    expect((await world.store.read(world.sessionId))?.snapshotBytes).toBeLessThan(1000);
    expect(await world.restored()).toEqual({ outcome: 'intact', first: 1, second: 1 });
    await world.close();
  });

  test('a retry is recognised under another key, and another content refused', async () => {
    const world = await openWorld(open, 'one');
    const named = { updateId: 'of its caller', variables: [{ key: 'a', json: '1' }] };
    const first = await world.persist(named);
    world.keys.replace('two', ['one', 'two']);
    const { revision, etag } = first;
    expect(await world.persist(named)).toMatchObject({ known: true, revision, etag });
    const other = { ...named, variables: [{ key: 'a', json: '2' }] };
    await expect(world.persist(other)).rejects.toMatchObject({ reason: 'id_reused' });
    // Nobody can compare contents then.
    world.keys.replace('two');
    expect(await world.persist(other)).toMatchObject({ known: true, revision, etag });
    const unnamed = { inputId: 'i', variables: [{ key: 'b', json: '1' }] };
    const second = await world.persist(unnamed);
    world.keys.replace('three');
    expect(await world.persist(unnamed)).toMatchObject({ known: true, etag: second.etag });
    await world.close();
  });
});

type OpenStore = () => Promise<{ store: SessionStore }>;

/** A session, and a service whose keys may be replaced. */
async function openWorld(open: OpenStore, current: string, options: TestServiceOptions = {}) {
  const { store } = await open();
  const keys = createTestCipher(current, current === '' ? ['one'] : [current]);
  const notOpened: string[] = [];
  const compactions: CompactionResult[] = [];
  const encrypted = createEncryptedStore(store, {
    contents: keys.contents,
    onNotOpened: ({ keyId, reason }) => notOpened.push(`${keyId} ${reason}`),
  });
  const service = createTestService(encrypted, {
    ...options,
    frameOf: keys.frameOf,
    updateIdKeys: keys.updateIdKeys,
    observer: { compactionEnded: ({ result }) => compactions.push(result) },
  });
  const sessionId = randomUUID();
  const query = () => ({ receipt: receiptNow(), sessionId, userId: '', revision: 0 });
  return {
    ...{ store, keys, service, sessionId, notOpened, compactions },
    persist: (given: object) => service.persist(commandOf({ sessionId, ...given })),
    save(name: string, fillingBytes = 0) {
      const context = [{ key: 'filling', json: JSON.stringify('x'.repeat(fillingBytes)) }];
      const variables = [{ key: name, json: '1' }];
      return service.persist(
        commandOf({ sessionId, variables, ...(fillingBytes > 0 && { context }) }),
      );
    },
    async restored() {
      const found = await service.restore(query());
      const values = [...(found?.variables ?? []), ...(found?.context ?? [])].flatMap(
        ({ key, json }) => (key === 'filling' ? [] : [[key, JSON.parse(json)]]),
      );
      return { outcome: found?.outcome, ...Object.fromEntries(values) };
    },
    inspect: () => service.inspect(query()),
    /** Of the frames as they are stored. */
    async keyIds() {
      const frames = (await store.read(sessionId))?.frames ?? [];
      return frames.map(({ bytes }) => keyIdOf(bytes));
    },
    async close() {
      await service.compactor.close();
      // A test's own stores are closed after it.
      if (open === STORES['a Redis Cluster']) await store.close();
    },
  };
}
