// Processes that echo, in front of a shard whose failover the test decides.

import { createHash } from 'node:crypto';
import type { EchoKind, EchoResult } from '../../../../src/store/echo-events.ts';
import type { RedisStoreOptions } from '../../../../src/store/redis/redis-store.ts';
import type { Append, SessionStore } from '../../../../src/store/session-store.ts';
import { appendOf, openStore, standaloneTarget } from '../../../support/redis-store.ts';
import { type SwitchedShard, startSwitchedShard } from '../../../support/switched-shard.ts';
import { until } from '../../../support/until.ts';

export const ECHO = { maxBytes: 1e7, writesMoments: true };
/** Within which a promoted master has everything again. */
export const RESTORED_WITHIN_MS = 2000;
/** The same, on a busy machine. */
const RESTORED_IN_THE_END_MS = 3 * RESTORED_WITHIN_MS;
export const TOMBSTONE_TTL_MS = 3_600_000;

export type EchoedShard = SwitchedShard & {
  /** What was offered again, by all processes in front of the shard. */
  offered: { kind: EchoKind; result: EchoResult }[];
  /** What is kept, as it was reported last. */
  kept: { writes: number; bytes: number } | undefined;
  /** A process in front of the shard, which echoes unless the options say otherwise. */
  sidecar(options?: Partial<RedisStoreOptions>): Promise<SessionStore>;
  /** A process at one of the servers, as one that has found it earlier. */
  at(which: 'first' | 'second', options?: Partial<RedisStoreOptions>): Promise<SessionStore>;
};

export async function startEchoedShard(): Promise<EchoedShard> {
  const shard = await startSwitchedShard();
  const opened: SessionStore[] = [];
  const echoed: EchoedShard = {
    ...shard,
    offered: [],
    kept: undefined,
    async sidecar(options = {}) {
      const store = await openStore(shard.target, {
        echo: ECHO,
        onEchoOffered: (one) => echoed.offered.push(one),
        onEchoKept(now) {
          echoed.kept = now;
        },
        ...options,
      });
      opened.push(store);
      return store;
    },
    async at(which, options = {}) {
      const { host, port } = shard[which];
      const store = await openStore(standaloneTarget({ host, port }), { echo: ECHO, ...options });
      opened.push(store);
      return store;
    },
    async stop() {
      await Promise.all(opened.map((store) => store.close()));
      await shard.stop();
    },
  };
  return echoed;
}

let made = 0;
/** An update with a frame of its own, received now. */
export function update(sessionId: string, given: Partial<Append> = {}): Append {
  const payload = Buffer.from(`payload ${made++}`);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(payload.length);
  const digest = createHash('sha256').update(payload).digest();
  return appendOf({ sessionId, frame: Buffer.concat([length, payload, digest]), ...given });
}

export async function namesIn(store: SessionStore, sessionId: string): Promise<string[]> {
  return (await store.read(sessionId))?.frames.map(({ name }) => name).sort() ?? [];
}

/** Waits, as long as giving back may take, until a session has exactly these updates. */
export async function untilNames(
  store: SessionStore,
  sessionId: string,
  names: string[],
): Promise<void> {
  const isThere = async () =>
    JSON.stringify(await namesIn(store, sessionId)) === JSON.stringify([...names].sort());
  await until(
    `${names.length} updates`,
    async () => (await isThere()) || undefined,
    RESTORED_IN_THE_END_MS,
  );
}

export function erasureOf(sessionId: string) {
  const eraseId = 'erase'.padEnd(22, '_');
  return { sessionId, eraseId, tombstoneTtlMs: TOMBSTONE_TTL_MS, ifMatch: '' };
}
