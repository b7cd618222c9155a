// A service with a spool over a store that can be away, as a whole or in a part, and processes that
// end and start again. The clocks are the test's.

import { onTestFinished } from 'vitest';
import type { BootInstant } from '../../../src/service/spooling/boot-clock.ts';
import type { Settled } from '../../../src/service/spooling/outcomes.ts';
import type { SpoolParts, SpoolSettings } from '../../../src/service/spooling/spooling.ts';
import { type SessionStore, StoreUnavailable } from '../../../src/store/session-store.ts';
import { createMemorySpool } from '../../support/memory-spool.ts';
import type { TestServiceOptions } from '../../support/test-service.ts';
import { until } from '../../support/until.ts';
import { openScratch } from '../scratch-services.ts';

/** The operations that go to the shard of a session, and to that of an index. */
const OF_SESSIONS = ['append', 'read', 'inspect', 'compact', 'lock', 'erase'] as const;
const OF_INDEXES = ['index', 'unindex', 'eraseUser', 'userSessions', 'inspectUser'] as const;

export type Settlement = { sessionId: string; settled: Settled };

export const HOUR_MS = 3_600_000;
/** Of two events that are no further apart, it may not be known which came first. */
export const DOUBT_MS = 10;

export function openSpoolWorld(options: TestServiceOptions & { settings?: object } = {}) {
  const scratch = openScratch();
  const away = new Set<string>();
  let rebootedMs = 0;
  let bootId = 'one';
  let wallAheadMs = 0;
  const nowWallMs = () => Number(scratch.receipt().wallMicros) / 1000 + wallAheadMs;
  const bootClock = (): BootInstant => {
    const nowMs = scratch.receipt().monotonicMs - rebootedMs;
    return { bootId, monotonicMs: nowMs, uptimeMs: nowMs };
  };
  const world = {
    ...scratch,
    /** Operations that fail. */
    away,
    settled: [] as Settlement[],
    setAside: [] as string[],
    spooled: [] as string[],
    calls: [] as string[],
    leave() {
      for (const name of [...OF_SESSIONS, ...OF_INDEXES]) away.add(name);
    },
    leaveIndexes() {
      for (const name of OF_INDEXES) away.add(name);
    },
    comeBack: () => away.clear(),
    /** The machine starts again, with its clock so far ahead: unless it is right, nothing is known
     * of the time that has passed. */
    reboot(aheadMs = HOUR_MS) {
      wallAheadMs = aheadMs;
      bootId = `after ${bootId}`;
      rebootedMs = scratch.receipt().monotonicMs - 1000;
    },
    start,
  };
  return world;

  /** A process with a spool; given another one's rows, the one that follows it. */
  function start({
    rows = [],
    ...given
  }: { rows?: Iterable<[number, Uint8Array]> } & Partial<
    SpoolSettings & Pick<SpoolParts, 'contents'>
  > = {}) {
    const spool = createMemorySpool(rows);
    const service = scratch.open({
      patience: { requestDeadlineMs: 300 },
      ...options,
      faults: faultsOf(),
      spool: {
        ...{ spool, bootClock, nowWallMs, requiredDurability: 'stored' },
        ...{ spoolAfterMs: 40, spoolMaxAgeMs: 23 * HOUR_MS, ...given },
      },
      observer: {
        updateReplayed: ({ sessionId, settled }) => world.settled.push({ sessionId, settled }),
        rowSetAside: ({ problem }) => world.setAside.push(problem),
        updateSpooled: ({ kind }) => world.spooled.push(kind),
        ...options.observer,
      },
    });
    const { spooling } = service;
    if (!spooling) throw new Error('the service has no spool');
    const crash = () => spooling.close(0);
    onTestFinished(async () => void (await crash()));
    return {
      ...{ service, spool, spooling, crash },
      /** Waits until nothing is left to replay. */
      async idle() {
        await until('the spool to be empty', () => (spool.rows.size === 0 ? true : undefined));
        return world.settled.map(({ settled }) => settled);
      },
    };
  }

  function faultsOf(): Partial<SessionStore> {
    const store = scratch.store as unknown as Record<string, (...args: unknown[]) => unknown>;
    const faults: Record<string, unknown> = {};
    for (const name of [...OF_SESSIONS, ...OF_INDEXES]) {
      faults[name] = async (...args: unknown[]) => {
        world.calls.push(name);
        if (away.has(name)) throw new StoreUnavailable(name, { reason: 'it is away' });
        return store[name]?.(...args);
      };
    }
    return faults as Partial<SessionStore>;
  }
}

/** Waits until the store was asked for an operation so often. */
export async function untilCalled(
  { calls }: { calls: string[] },
  operation: string,
  times: number,
) {
  await until(`${times} calls of ${operation}`, () =>
    calls.filter((name) => name === operation).length >= times ? true : undefined,
  );
}
