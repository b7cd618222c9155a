// Which acknowledged writes are kept, for how long, and as what they come back.

import { beforeEach, describe, expect, test } from 'vitest';
import {
  createKeptWrites,
  type KeptWrite,
  type KeptWrites,
} from '../../../../src/store/redis/echo/kept-writes.ts';
import type { ReplicationSample } from '../../../../src/store/redis/echo/replication-sample.ts';
import type { Append } from '../../../../src/store/session-store.ts';

const MASTER = 'a'.repeat(40);
const OTHER = 'b'.repeat(40);

let nowMs: number;
let overruns: number;
let kept: KeptWrites;
beforeEach(() => {
  nowMs = 1000;
  overruns = 0;
  kept = createKeptWrites({
    maxBytes: 100_000,
    nowMonotonicMs: () => nowMs,
    onOverrun() {
      overruns += 1;
    },
  });
});

function appendOf(given: Partial<Append> = {}): Append {
  return {
    ...{ sessionId: 's', updateId: 'u', frame: Buffer.from('frame'), flowId: '', userId: '' },
    ...{ receivedAtMonotonicMs: 1.5, earliestMonotonicMs: undefined, ttlMs: 60_000, eventMs: 7 },
    ...{ lockToken: '', ifMatch: '', sessionMaxBytes: Number.MAX_SAFE_INTEGER },
    confirmedNote: undefined,
    ...given,
  };
}

function writeOf(given: Partial<Append> = {}, slot = 1): KeptWrite {
  const append = appendOf(given);
  return {
    ...{ kind: 'update', key: `cgs:{${append.sessionId}}`, slot, bytes: append.frame.length },
    again: { write: 'append', append },
  };
}

function sampleOf(given: Partial<ReplicationSample> = {}): ReplicationSample {
  return { id: MASTER, previousId: '', previousEnd: -1, offset: 100, replicas: [], ...given };
}

const sampledNow = (given: Partial<ReplicationSample>) =>
  kept.sampled(sampleOf(given), kept.sequence());
const replica = (offset: number, name = 'r1') => ({ name, offset });
const owner = (id: string) => () => sampleOf({ id });

describe('a write that is kept', () => {
  test('is released once every replica has acknowledged what came up to it', () => {
    kept.keep(MASTER, writeOf());
    sampledNow({ offset: 100, replicas: [replica(99), replica(120, 'r2')] });
    expect(kept.count()).toBe(1);
    sampledNow({ offset: 130, replicas: [replica(100), replica(120, 'r2')] });
    expect([kept.count(), kept.bytes()]).toEqual([0, 0]);
  });

  test('is not bounded by a sample from before its acknowledgement', () => {
    const before = kept.sequence();
    kept.keep(MASTER, writeOf());
    kept.sampled(sampleOf({ replicas: [replica(100)] }), before);
    expect(kept.count()).toBe(1);
  });

  test('does not wait for a replica that is gone for a minute in which the master answered', () => {
    const sampleFor = (ms: number, ...others: ReplicationSample['replicas']) => {
      for (const endMs = nowMs + ms; nowMs < endMs; ) {
        nowMs += 500;
        sampledNow({ replicas: [replica(100), ...others] });
      }
    };
    sampleFor(10_000, replica(10, 'gone'));
    kept.keep(MASTER, writeOf());
    sampleFor(60_000);
    expect(kept.count()).toBe(1);
    sampleFor(500);
    expect(kept.count()).toBe(0);
  });

  test('is released without a replica once its master has answered for so long', () => {
    kept.keep(MASTER, writeOf());
    sampledNow({});
    // Of a time without answers no more counts than of a pause between two.
    nowMs += 60_000;
    sampledNow({});
    expect(kept.count()).toBe(1);
    for (let count = 0; count < 50; count++) {
      nowMs += 500;
      sampledNow({});
    }
    expect(kept.count()).toBe(0);
  });

  test('is due, as it was, where another master owns its slot', () => {
    const [write, elsewhere] = [writeOf({ sessionId: 'one' }), writeOf({ sessionId: 'two' }, 2)];
    kept.keep(MASTER, write);
    kept.keep(MASTER, elsewhere);
    sampledNow({ offset: 55, replicas: [replica(1)] });
    expect(kept.takeDue(owner(MASTER))).toEqual([]);
    expect([kept.hasOther(1, MASTER), kept.hasOther(1, OTHER)]).toEqual([false, true]);
    const due = kept.takeDue(owner(OTHER), 1);
    expect(due).toMatchObject([
      { id: MASTER, record: { write, offset: 55 }, owner: { id: OTHER } },
    ]);
    expect(kept.count()).toBe(1);
    expect(kept.takeDue(owner(OTHER)).map(({ record }) => record.write.key)).toEqual(['cgs:{two}']);
  });

  test('of another kind is due as it was, too', () => {
    const again = {
      write: 'user-erase',
      erase: { sentAtMonotonicMs: 1, tombstoneTtlMs: 2 },
    } as const;
    const write: KeptWrite = { kind: 'erase', key: 'k', slot: 3, bytes: 1, again };
    kept.keep(MASTER, write);
    expect(kept.takeDue(owner(OTHER))[0]?.record.write).toEqual(write);
  });

  test('is forgotten where there is no room, the oldest first', () => {
    const frame = Buffer.alloc(30_000);
    for (const sessionId of ['1', '2', '3', '4']) kept.keep(MASTER, writeOf({ sessionId, frame }));
    expect([overruns, kept.count()]).toEqual([1, 3]);
    expect(kept.takeDue(owner(OTHER)).map(({ record }) => record.write.key)).toEqual([
      ...['cgs:{2}', 'cgs:{3}', 'cgs:{4}'],
    ]);
  });
});
