// Services over one SQLite file of their own, on clocks that a test can advance.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import type { PersistCommand, Receipt, SessionService } from '../../src/service/session-service.ts';
import type { SessionStore } from '../../src/store/session-store.ts';
import { createSqliteStore, type SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { commandOf, createTestService, type TestServiceOptions } from '../support/test-service.ts';

export type Service = ReturnType<typeof createTestService>;
export type Scratch = ReturnType<typeof openScratch>;

/** A file that ends with the test, and whatever works on it. */
export function openScratch() {
  const folder = mkdtempSync(join(tmpdir(), 'service-'));
  const path = join(folder, 'sessions.db');
  let aheadMs = 0;
  const clock = {
    nowMs: () => Date.now() + aheadMs,
    nowMonotonicMs: () => performance.now() + aheadMs,
  };
  const openStore = (): SqliteStore => {
    const store = createSqliteStore({ path, ...clock });
    onTestFinished(() => store.close());
    return store;
  };
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const store = openStore();

  /** A service of a process of its own; `faults` stand in the place of operations of its store. */
  function open(options: TestServiceOptions & { faults?: Partial<SessionStore> } = {}): Service {
    const patience = { nowMonotonicMs: clock.nowMonotonicMs, ...options.patience };
    const service = createTestService(
      { ...openStore(), ...options.faults },
      { ...options, patience },
    );
    onTestFinished(() => service.userErasures.close());
    return service;
  }

  let lastMicros = 0;
  /** A request that was received so long ago. Of two received now, the later one is later. */
  function receipt(ageMs = 0): Receipt {
    const monotonicMs = clock.nowMonotonicMs() - ageMs;
    if (ageMs > 0)
      return { wallMicros: BigInt(Math.round((clock.nowMs() - ageMs) * 1000)), monotonicMs };
    lastMicros = Math.max(lastMicros + 1, clock.nowMs() * 1000);
    return { wallMicros: BigInt(lastMicros), monotonicMs };
  }

  return {
    path,
    store,
    open,
    receipt,
    advance(byMs: number): void {
      aheadMs += byMs;
    },
    /** Persists through a service, an update received so long ago. */
    persist(service: Service, given: Partial<PersistCommand> = {}, ageMs = 0) {
      return service.persist(commandOf({ receipt: receipt(ageMs), ...given }));
    },
    /** Session `s`, or the state right after one of its revisions. */
    restore(service: Pick<SessionService, 'restore'>, revision = 0) {
      return service.restore({ receipt: receipt(), sessionId: 's', userId: '', revision });
    },
    inspect(service: Service, revision = 0) {
      return service.inspect({ receipt: receipt(), sessionId: 's', revision });
    },
    /** Flips a bit in the middle of the stored frame of a revision of session `s`. */
    async damage(revision: number): Promise<void> {
      const { frames = [] } = (await store.read('s')) ?? {};
      const frame = frames.find((one) => one.revision === revision);
      if (!frame) throw new Error(`there is no frame of revision ${revision}`);
      const middle = frame.value.length >> 1;
      const flipped = frame.value.map((byte, place) => (place === middle ? byte ^ 1 : byte));
      const database = new DatabaseSync(path);
      database.prepare('UPDATE frames SET value = ? WHERE name = ?').run(flipped, frame.name);
      database.close();
    },
    lock(service: Service, given: Partial<Parameters<Service['lock']>[0]> = {}) {
      const signal = new AbortController().signal;
      const rest = { token: '', ttlMs: 0, waitMs: 0, signal };
      return service.lock({ receipt: receipt(), sessionId: 's', ...rest, ...given });
    },
    unlock(service: Service, token: string) {
      return service.unlock({ receipt: receipt(), sessionId: 's', token });
    },
    erase(service: Service, given: Partial<Parameters<Service['erase']>[0]> = {}) {
      return service.erase({
        receipt: receipt(),
        sessionId: 's',
        ifMatch: '',
        updateId: '',
        ...given,
      });
    },
    eraseUser(service: Service, userId: string, ageMs = 0) {
      return service.eraseUser({ receipt: receipt(ageMs), userId });
    },
    /** The sessions in a user's index. */
    async indexed(userId: string): Promise<string[]> {
      const entries = await store.userSessions(userId, { offset: 0, limit: 100 });
      return entries.map(({ sessionId }) => sessionId);
    },
  };
}

/** One variable, as it is posted. */
export function variable(key: string, value: unknown) {
  return { variables: [{ key, json: JSON.stringify(value) }] };
}
