// What the services of the tutorials would leave in the Redis of a test, and services that continue
// it.

import { randomUUID } from 'node:crypto';
import { Cluster, Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import {
  type LegacyObserver,
  withLegacyState,
} from '../../../src/service/legacy/with-legacy-state.ts';
import type { RestoredSession } from '../../../src/service/session-service.ts';
import type { LegacyStore } from '../../../src/store/legacy-store.ts';
import type { RedisTarget } from '../../../src/store/redis/connection/topology.ts';
import { createLegacyStore } from '../../../src/store/redis/legacy-store.ts';
import type { SessionStore } from '../../../src/store/session-store.ts';
import { openStore, storeOptions } from '../redis-store.ts';
import {
  commandOf,
  createTestService,
  receiptNow,
  type TestServiceOptions,
} from '../test-service.ts';
import { until } from '../until.ts';
import {
  CGNY_TTL_SECONDS,
  cgnyKey,
  cgnyValue,
  type JavaSession,
  type MagicForm,
} from './cgny-layout.ts';
import { JSON_TTL_SECONDS, jsonKey, jsonValue, type PythonSession } from './json-layout.ts';

export type LegacyRedis = Awaited<ReturnType<typeof openLegacyRedis>>;

export type LegacyServiceOptions = TestServiceOptions & {
  /** In place of operations of the stores. */
  faults?: Partial<SessionStore>;
  legacyFaults?: Partial<LegacyStore>;
  legacyObserver?: Partial<LegacyObserver>;
  /** As with LEGACY_STATE=off. */
  isOff?: boolean;
};

export async function openLegacyRedis(target: RedisTarget) {
  const client = target.kind === 'cluster' ? new Cluster([...target.nodes]) : new Redis(target);
  const store = await openStore(target);
  const legacy = await openLegacy(target);

  return {
    client,
    store,
    legacy,
    /** A session id that no other test has. */
    newSessionId: () => `legacy-${randomUUID()}`,

    async leaveJson(session: PythonSession, ttlSeconds = JSON_TTL_SECONDS): Promise<void> {
      await client.set(jsonKey(session.sessionId), jsonValue(session), 'EX', ttlSeconds);
    },

    async leaveCgny(session: JavaSession, magic: MagicForm = 'bare'): Promise<void> {
      await client.set(
        cgnyKey(session.sessionId),
        cgnyValue(session, magic),
        'EX',
        CGNY_TTL_SECONDS,
      );
    },

    service({
      faults,
      legacyFaults,
      legacyObserver,
      isOff,
      ...options
    }: LegacyServiceOptions = {}) {
      const sessions = { ...store, ...faults };
      const observer = { legacyFound() {}, legacyRemoved() {}, ...legacyObserver };
      const service = createTestService(
        isOff
          ? sessions
          : withLegacyState({
              ...{ store: sessions, legacy: { ...legacy, ...legacyFaults }, observer },
              ...{ sessionTtlMs: 60_000, nowMs: Date.now },
              nowMonotonicMs: () => performance.now(),
            }),
        // A busy machine takes its time.
        { ...options, patience: { requestDeadlineMs: 10_000, ...options.patience } },
      );
      onTestFinished(() => service.userErasures.close());
      return service;
    },

    async close(): Promise<void> {
      client.disconnect();
      await Promise.all([store.close(), legacy.close()]);
    },
  };
}

/** Opens what is left, and waits until all masters answer. */
async function openLegacy(target: RedisTarget): Promise<LegacyStore> {
  const legacy = createLegacyStore(storeOptions(target));
  await until('the former store to be served', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, probe) => legacy.find(`probe ${probe}`)));
    return true;
  });
  return legacy;
}

export type LegacyService = ReturnType<LegacyRedis['service']>;

export function restore(service: LegacyService, sessionId: string, userId = '') {
  return service.restore({ receipt: receiptNow(), sessionId, userId, revision: 0 });
}

/** Saves one variable. */
export function save(service: LegacyService, sessionId: string, key: string, value: unknown = 1) {
  const variables = [{ key, json: JSON.stringify(value) }];
  return service.persist(commandOf({ sessionId, variables, receipt: receiptNow() }));
}

export function erase(service: LegacyService, sessionId: string) {
  return service.erase({ receipt: receiptNow(), sessionId, ifMatch: '', updateId: '' });
}

export function lock(service: LegacyService, sessionId: string) {
  return service.lock({
    ...{ receipt: receiptNow(), sessionId, token: '', ttlMs: 0, waitMs: undefined },
    signal: new AbortController().signal,
  });
}

/** What a session contains, as objects. */
export function valuesOf(session: RestoredSession | undefined) {
  const objectOf = (entries: { key: string; json: string }[] = []) =>
    Object.fromEntries(entries.map(({ key, json }) => [key, JSON.parse(json)]));
  return { variables: objectOf(session?.variables), context: objectOf(session?.context) };
}
