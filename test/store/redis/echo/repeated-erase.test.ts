// An erase that a promoted replica never saw is repeated there, and spares what came after it.

import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../../support/until.ts';
import {
  ECHO,
  type EchoedShard,
  erasureOf,
  namesIn,
  startEchoedShard,
  untilNames,
  update,
} from './echoed-shard.ts';

/** More than the estimates of a clock are apart on a busy machine. */
const CLOCKS_DIFFER_MS = 250;

let shard: EchoedShard;

beforeEach(async () => {
  shard = await startEchoedShard();
});
afterEach(() => shard?.stop());

describe.each([true, false])(
  'an erase that the promoted replica never saw (moments: %s)',
  (writesMoments) => {
    const echo = { ...ECHO, writesMoments };

    test('is repeated, and spares what was received after it', async () => {
      const store = await shard.sidecar({ echo });
      const before = [update('s'), update('s')];
      for (const one of before) await store.append(one);
      await shard.untilReplicated();
      await shard.promote();
      const erased = await store.erase(erasureOf('s'));
      expect(erased).toMatchObject({ status: 'erased', frames: 2 });
      const [lostAfter, onNew] = [update('s'), update('s')];
      await store.append(lostAfter);
      const behind = await shard.at('second', { echo });
      await behind.append(onNew);
      shard.switch();
      await untilNames(behind, 's', [lostAfter.updateId, onNew.updateId]);
      const left = await behind.read('s');
      expect(left).toMatchObject({ isWhole: true, damage: [], revision: 2, quarantined: 0 });
      for (const one of before)
        expect(await behind.append({ ...one, receivedAtMonotonicMs: performance.now() })).toEqual({
          status: 'dropped',
        });
      expect((await behind.append(update('s'))).status).toBe('stored');
      expect(await behind.erase(erasureOf('s'))).toMatchObject({ frames: 2 });
    });

    test('removes a snapshot from before it', async () => {
      const plain = await shard.at('first', { echo: undefined });
      for (const one of [update('s'), update('s')]) await plain.append(one);
      const read = await plain.read('s');
      const folded = read?.frames ?? [];
      const last = folded.at(-1);
      expect(
        await plain.compact({
          sessionId: 's',
          incarnation: read?.incarnation ?? '',
          folded,
          snapshot: {
            ...{
              name: 'snapshot:0a',
              frame: update('s').frame,
              revision: 2,
              etag: last?.etag ?? '',
            },
          },
          recent: folded.map(({ name, revision, etag }) => ({ updateId: name, revision, etag })),
        }),
      ).toBe('compacted');
      const store = await shard.sidecar({ echo });
      await shard.untilReplicated();
      await shard.promote();
      await store.erase(erasureOf('s'));
      const behind = await shard.at('second', { echo });
      const onNew = update('s');
      await behind.append(onNew);
      shard.switch();
      await untilNames(behind, 's', [onNew.updateId]);
      expect(await behind.read('s')).toMatchObject({
        isWhole: true,
        damage: [],
        revision: 1,
        recent: '',
      });
      const retried = { ...update('s'), updateId: folded[0]?.name ?? '' };
      expect((await behind.append(retried)).status).toBe('dropped');
    });

    test('goes before updates that it has erased', async () => {
      const store = await shard.sidecar({ echo });
      await shard.promote();
      for (const one of [update('s'), update('s')]) await store.append(one);
      await store.erase(erasureOf('s'));
      const behind = await shard.at('second', { echo });
      shard.switch();
      await until(
        'three writes to be shard.offered',
        () => shard.offered.length === 3 || undefined,
      );
      expect(await namesIn(behind, 's')).toEqual([]);
      expect(shard.offered.map(({ result }) => result)).toEqual(['restored', 'erased', 'erased']);
    });
  },
);

test('an erase removes what the new master acknowledged before it, by the moments in the heads', async () => {
  const store = await shard.sidecar();
  await store.append(update('s'));
  await shard.untilReplicated();
  await shard.promote();
  const behind = await shard.at('second');
  await behind.append(update('s'));
  // What came so shortly before the erase that the clocks cannot tell is kept.
  await pause(CLOCKS_DIFFER_MS);
  await store.erase(erasureOf('s'));
  shard.switch();
  await untilNames(behind, 's', []);
  expect(shard.offered).toContainEqual({ kind: 'erase', result: 'restored' });
});
