// Which sessions are followed, and whether their keys have changed. The truth is what is read: the
// head of a key, a few short fields that every change of a session changes. It is read
//
//   pushed   when the server reports that the key has changed (tracked-connection.ts)
//   checked  every two seconds, since a report may be lost: while a slot migrates, or a server hangs
//   polled   every 100 ms, as long as nothing is reported: there is no connection, the slot moves,
//            or the server does not allow or does not know CLIENT TRACKING
//
// So writers do nothing for those who watch, and need no rights for it.

import type { KeyFollower, KeyLook } from '../../key-follower.ts';
import type { NodeAddress } from '../connection/node-address.ts';
import { addressOf } from '../connection/node-address.ts';
import type { ConnectionOptions } from '../connection/topology.ts';
import { openTrackedConnection, type TrackedConnection } from './tracked-connection.ts';

const FIELDS = [
  ...['revision', 'chain', 'incarnation', 'created_at', 'expires_at'],
  ...['lock', 'lock_seal', 'tombstone', 'tombstone_seal'],
];
/** How often keys are looked through. */
const TICK_MS = 50;
const CHECK_MS = 2000;
const POLL_MS = 100;
/** After a read that failed. */
const RETRY_MS = 500;
/** A key that changes all the time is read no more often. */
const READ_PAUSE_MS = 20;
/** Keys that are polled, per second and process: more keys are polled less often each. */
const POLLS_PER_SECOND = 2000;
/** A server that does not track is asked again after so long. */
const REFUSED_MS = 60_000;

/** Is called with what happens at a store on Redis while sessions are watched. */
export type WatchingEvents = {
  /** A server does not report changes, for that reason, so its keys are polled. */
  onWatchPolled?: ((polled: { address: string; reason: string }) => void) | undefined;
};

/** What watching needs of the connection to the store. */
type Connection = {
  /** The master that should hold a key; undefined while that is not known. */
  nodeOf(key: string): NodeAddress | undefined;
  /** Sends a command for a key, to whatever server has it. */
  send<Answer>(call: {
    operation: string;
    key: string;
    command: (server: {
      call(command: string, args: string[]): Promise<unknown>;
    }) => Promise<Answer>;
  }): Promise<Answer>;
};

export type WatchedKeys = {
  /** Follows a key until the returned function is called. */
  watch(key: string, follower: KeyFollower): () => void;
  close(): void;
};

class WatchedKey {
  readonly key: string;
  readonly follower: KeyFollower;
  head: string | undefined = undefined;
  /** Where its reads are tracked; empty if nowhere. */
  trackedAt = '';
  dueMs = 0;
  readMs = Number.NEGATIVE_INFINITY;
  isReading = false;
  wasPushed = false;

  constructor(key: string, follower: KeyFollower) {
    this.key = key;
    this.follower = follower;
  }
}

/** `connection`: to the store; each master gets a connection more while keys of it are watched. */
export function createWatchedKeys(
  connection: Connection,
  options: ConnectionOptions & WatchingEvents,
): WatchedKeys {
  const { target, nowMonotonicMs = () => performance.now() } = options;
  const database = target.kind === 'cluster' ? 0 : (target.database ?? 0);
  const watched = new Set<WatchedKey>();
  const tracked = new Map<string, TrackedConnection>();
  const refusedUntilMs = new Map<string, number>();
  let ticking: NodeJS.Timeout | undefined;

  return {
    watch(key, follower) {
      const entry = new WatchedKey(key, follower);
      watched.add(entry);
      ticking ??= setInterval(tick, TICK_MS).unref();
      void look(entry);
      return () => {
        watched.delete(entry);
        if (watched.size === 0) close();
      };
    },
    close,
  };

  function close(): void {
    clearInterval(ticking);
    ticking = undefined;
    watched.clear();
    for (const node of tracked.values()) node.close();
    tracked.clear();
  }

  function tick(): void {
    const nowMs = nowMonotonicMs();
    const used = new Set<string>();
    for (const entry of watched) {
      const node = connection.nodeOf(entry.key);
      const address = node ? addressOf(node) : '';
      used.add(address);
      // Another master has it now.
      const hasMoved = entry.trackedAt !== '' && entry.trackedAt !== address;
      if (hasMoved || entry.dueMs <= nowMs) void look(entry);
    }
    for (const [address, node] of tracked) {
      if (used.has(address)) continue;
      tracked.delete(address);
      node.close();
    }
  }

  async function look(entry: WatchedKey): Promise<void> {
    if (entry.isReading) return;
    entry.isReading = true;
    const how = howOf(entry);
    entry.wasPushed = false;
    entry.readMs = nowMonotonicMs();
    try {
      const { head, trackedAt } = await readHead(entry.key);
      entry.trackedAt = trackedAt;
      entry.dueMs = entry.readMs + (trackedAt === '' ? pollMs() : CHECK_MS);
      report(entry, { head, how });
    } catch {
      // Why is reported where updates fail for the same reason.
      entry.trackedAt = '';
      entry.dueMs = nowMonotonicMs() + RETRY_MS;
      report(entry, { head: entry.head, how: 'failed' });
    }
    entry.isReading = false;
    if (entry.wasPushed) lookSoon(entry);
  }

  function report(entry: WatchedKey, seen: { head: string | undefined; how: KeyLook }): void {
    if (!watched.has(entry)) return;
    const hasChanged = seen.head !== entry.head;
    entry.head = seen.head;
    if (hasChanged) entry.follower.changed();
    entry.follower.looked(seen.how);
  }

  async function readHead(key: string): Promise<{ head: string; trackedAt: string }> {
    const node = connection.nodeOf(key);
    const tracking = node && trackedConnection(node);
    if (node && tracking?.isTracking()) {
      try {
        const head = await headFrom((command, args) => tracking.read(command, args), key);
        return { head, trackedAt: tracking.isTracking() ? addressOf(node) : '' };
      } catch {
        // The slot moves, or the server has gone: the other way follows it.
      }
    }
    const command = (server: { call: ReadCommand }) => headFrom(server.call, key);
    return { head: await connection.send({ operation: 'watch', key, command }), trackedAt: '' };
  }

  function trackedConnection(node: NodeAddress): TrackedConnection | undefined {
    const address = addressOf(node);
    if ((refusedUntilMs.get(address) ?? 0) > nowMonotonicMs()) return undefined;
    const known = tracked.get(address);
    if (known) return known;
    const opened = openTrackedConnection({ ...node, database }, options, {
      onChanged: (key) => changedAt(address, key),
      onRefused(reason) {
        refusedUntilMs.set(address, nowMonotonicMs() + REFUSED_MS);
        tracked.delete(address);
        opened.close();
        options.onWatchPolled?.({ address, reason });
      },
    });
    tracked.set(address, opened);
    return opened;
  }

  function changedAt(address: string, key: string | undefined): void {
    for (const entry of watched) {
      if (key === undefined) {
        // Keys that are polled meanwhile are tracked from their next read on.
        if (entry.trackedAt === address) pushed(entry);
      } else if (entry.key === key) pushed(entry);
    }
  }

  function pushed(entry: WatchedKey): void {
    entry.wasPushed = true;
    lookSoon(entry);
  }

  function lookSoon(entry: WatchedKey): void {
    const waitMs = entry.readMs + READ_PAUSE_MS - nowMonotonicMs();
    entry.dueMs = Math.min(entry.dueMs, entry.readMs + READ_PAUSE_MS);
    if (waitMs <= 0) void look(entry);
    else setTimeout(() => watched.has(entry) && entry.wasPushed && look(entry), waitMs).unref();
  }

  function pollMs(): number {
    return Math.max(POLL_MS, (watched.size / POLLS_PER_SECOND) * 1000);
  }
}

type ReadCommand = (command: string, args: string[]) => Promise<unknown>;

function howOf({ wasPushed, trackedAt }: WatchedKey): KeyLook {
  if (wasPushed) return 'pushed';
  return trackedAt === '' ? 'polled' : 'checked';
}

async function headFrom(read: ReadCommand, key: string): Promise<string> {
  try {
    const values = (await read('hmget', [key, ...FIELDS])) as (Buffer | null)[];
    return values.map((value) => value?.toString('latin1') ?? '').join('\n');
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return '';
    throw error;
  }
}
