// Group commit at one master: the writes that arrive together are sent together on one connection,
// followed by one WAIT, whose answer holds for each of them that succeeded.
//
//   connection 1   evalsha evalsha evalsha wait ......... 1   evalsha evalsha wait ...
//   connection 2             evalsha wait ........... 1   evalsha wait ...
//
// A connection has one batch on its way at a time, because the server answers nothing behind a WAIT
// until that has ended. What arrives meanwhile goes out on the other connection, or is collected for
// the next batch. So batches grow with the load, and a single write waits for nobody.
//
// What makes the answer true:
//
// * A write and its WAIT go over the same connection, and the same socket: after a reconnect the
//   batch confirms nothing.
// * A batch is closed before its WAIT is sent. A write that has to be sent again (its script was not
//   loaded, the cluster redirected it, its time bounds did not fit) takes part in another batch.
// * The number of replicas is fixed. How many are connected at the moment plays no role.
//
// If the replicas have not confirmed in time, the writes are answered with the durability that was
// reached, and later ones no longer wait: they are sent without a batch, and are `stored`, until a
// repeated WAIT is confirmed. So a replica that is away costs one wait, not one for each write.

import { performance } from 'node:perf_hooks';
import type { Redis } from 'ioredis';
import { isWeaker, type StoreDurability } from '../../durability.ts';
import type { ServerClock } from '../clock/server-clock.ts';
import { NOT_CONNECTED } from '../connection/failure-reason.ts';
import type { Batch } from '../connection/server.ts';
import { confirm, sendOnce } from './confirm.ts';

/** Writes in one batch at most: the server answers none of them before it has run all. */
const BATCH_MAX = 512;
/** How long a write waits for a connection. It is sent without a batch then. */
const QUEUED_MAX_MS = 250;
/** The time that is left for the answer when a write stops waiting for replicas. */
const ANSWER_MS = 50;
/** A server looks only ten times a second for a WAIT that is overdue. */
const SERVER_GRAIN_MS = 110;
/** A WAIT that was shorter than this does not mean that the replicas are away. */
const TRUSTED_WAIT_MS = 200;
/** How often it is tried whether the replicas confirm again: where nothing is confirmed, and where
 * only the append-only files are missing. */
const TRY_AGAIN_MS = 100;
const TRY_SYNCED_AGAIN_MS = 5000;

export type GroupCommitOptions = {
  level: 'replicated' | 'synced';
  /** The connections of this group. */
  clients: readonly Redis[];
  /** Whether the master is connected at all. */
  isConnected: () => boolean;
  clockOf: (client: Redis) => ServerClock | undefined;
  /** How many replicas must confirm; undefined while that is not known. */
  replicas: () => number | undefined;
  commandTimeoutMs: number;
  longestWaitMs: number;
  /** A batch was waited for. */
  onWaited: (waited: { seconds: number; isConfirmed: boolean }) => void;
};

export type GroupCommit = {
  /** Takes part in a batch, whose write is sent in the same turn of the event loop. Undefined: it is
   * to be sent without one. */
  open(given: {
    endsAtMs: number;
    isAsking: boolean;
  }): Batch | undefined | Promise<Batch | undefined>;
  /** A connection became ready, or its clock became known. */
  wake(): void;
};

type Lane = { client: Redis; isBusy: boolean; batch: OpenBatch | undefined };

type OpenBatch = {
  lane: Lane;
  stream: Redis['stream'];
  isClosed: boolean;
  joined: number;
  sent: number;
  /** How long the last of its writes may wait. */
  waitUntilMs: number;
  durability: Promise<StoreDurability>;
  settle: (durability: StoreDurability) => void;
};

type Queued = {
  endsAtMs: number;
  isAsking: boolean;
  resolve: (batch: Batch | undefined) => void;
  timer: NodeJS.Timeout;
};

/** Groups the writes to one master. */
export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  const { level, commandTimeoutMs, longestWaitMs } = options;
  const lanes = options.clients.map(
    (client): Lane => ({ client, isBusy: false, batch: undefined }),
  );
  let queue: Queued[] = [];
  /** What the replicas confirm at present. */
  let reach: StoreDurability = level;
  let isTrying = false;

  return { open, wake: serveQueue };

  function open(given: { endsAtMs: number; isAsking: boolean }) {
    if (reach === 'stored' || !options.isConnected()) return undefined;
    const batch = openBatch();
    return batch === undefined ? waitForLane(given) : join(batch, given);
  }

  /** A batch that still takes writes, or a new one on a free connection. */
  function openBatch(): OpenBatch | undefined {
    for (const { batch } of lanes)
      if (batch !== undefined && !batch.isClosed && batch.joined < BATCH_MAX) return batch;
    const lane = lanes.find(isFree);
    return lane && startBatch(lane);
  }

  function isFree({ client, isBusy }: Lane): boolean {
    const isReady = !isBusy && client.status === 'ready';
    return isReady && options.clockOf(client) !== undefined && options.replicas() !== undefined;
  }

  function startBatch(lane: Lane): OpenBatch {
    const { promise, resolve } = Promise.withResolvers<StoreDurability>();
    const batch = {
      ...{ lane, stream: lane.client.stream, isClosed: false, joined: 0, sent: 0 },
      ...{ waitUntilMs: 0, durability: promise, settle: resolve },
    };
    lane.isBusy = true;
    lane.batch = batch;
    // Before any write is gathered: so writes and WAIT leave in one packet.
    setImmediate(closeBatch, batch);
    return batch;
  }

  function join(batch: OpenBatch, given: { endsAtMs: number; isAsking: boolean }): Batch {
    const { client } = batch.lane;
    const giveUpAtMs = Math.min(performance.now() + longestWaitMs, given.endsAtMs - ANSWER_MS);
    batch.joined += 1;
    batch.waitUntilMs = Math.max(batch.waitUntilMs, giveUpAtMs);
    return {
      knownClock: () => options.clockOf(client),
      async call(command, args) {
        if (batch.isClosed || !isOnSameSocket(batch)) throw new Error(NOT_CONNECTED);
        batch.sent += 1;
        if (given.isAsking) client.call('asking').catch(() => {});
        try {
          return await sendOnce(client, command, args, commandTimeoutMs);
        } catch (error) {
          // Whatever is sent behind a command that hangs would hang as well.
          if ((error as Error).message === 'Command timed out') client.disconnect(true);
          throw error;
        }
      },
      confirmed: () =>
        giveUpAtMs >= batch.waitUntilMs - 1
          ? batch.durability
          : unlessLate(batch.durability, giveUpAtMs),
    };
  }

  function isOnSameSocket({ lane: { client }, stream }: OpenBatch): boolean {
    return client.status === 'ready' && client.stream === stream;
  }

  /** Asks the replicas for what was sent; nothing is added to the batch afterwards. */
  async function closeBatch(batch: OpenBatch): Promise<void> {
    batch.isClosed = true;
    const replicas = options.replicas();
    const startedMs = performance.now();
    const timeoutMs = Math.ceil(batch.waitUntilMs - startedMs);
    const asked = reach;
    if (
      batch.sent === 0 ||
      !isOnSameSocket(batch) ||
      replicas === undefined ||
      asked === 'stored' ||
      timeoutMs < 1
    ) {
      batch.settle('stored');
      return free(batch.lane);
    }
    const askedMs = Math.ceil(timeoutMs - Math.min(SERVER_GRAIN_MS, timeoutMs / 2));
    const isLongEnough = timeoutMs >= Math.min(TRUSTED_WAIT_MS, longestWaitMs);
    const ended = (reached: StoreDurability) => {
      batch.settle(reached);
      if (isLongEnough && isWeaker(reached, asked) && isOnSameSocket(batch)) lower(reached);
    };
    let soFar: StoreDurability = 'stored';
    const overdue = setTimeout(() => ended(soFar), timeoutMs);
    const limits = { timeoutMs: askedMs, graceMs: commandTimeoutMs };
    const confirmation = { level: asked, replicas, ...limits };
    const reached = await confirm(batch.lane.client, confirmation, () => {
      soFar = 'replicated';
    });
    clearTimeout(overdue);
    ended(reached);
    const seconds = (performance.now() - startedMs) / 1000;
    options.onWaited({ seconds, isConfirmed: reached === level });
    free(batch.lane);
  }

  function free(lane: Lane): void {
    lane.isBusy = false;
    lane.batch = undefined;
    serveQueue();
  }

  function waitForLane(given: { endsAtMs: number; isAsking: boolean }) {
    const { promise, resolve } = Promise.withResolvers<Batch | undefined>();
    const leftMs = given.endsAtMs - performance.now();
    const giveUp = () => {
      queue = queue.filter((other) => other !== queued);
      resolve(undefined);
    };
    const timer = setTimeout(giveUp, Math.min(QUEUED_MAX_MS, leftMs / 2));
    const queued: Queued = { ...given, resolve, timer };
    queue.push(queued);
    return promise;
  }

  function serveQueue(): void {
    while (queue.length > 0) {
      const batch = reach === 'stored' ? undefined : openBatch();
      if (batch === undefined && reach !== 'stored') return;
      for (const queued of queue.splice(0, batch ? BATCH_MAX - batch.joined : queue.length)) {
        clearTimeout(queued.timer);
        queued.resolve(batch && join(batch, queued));
      }
    }
  }

  /** Later writes expect no more than this, until the replicas confirm more again. */
  function lower(reached: StoreDurability): void {
    reach = reached;
    if (isTrying) return;
    isTrying = true;
    setTimeout(tryAgain, TRY_AGAIN_MS).unref();
  }

  async function tryAgain(): Promise<void> {
    const lane = lanes.find(isFree);
    const replicas = options.replicas();
    if (lane !== undefined && replicas !== undefined) {
      lane.isBusy = true;
      const waited = { timeoutMs: longestWaitMs, graceMs: commandTimeoutMs };
      const confirmed = await confirm(lane.client, { level, replicas, ...waited });
      if (isWeaker(reach, confirmed)) reach = confirmed;
      free(lane);
    }
    isTrying = reach !== level;
    if (!isTrying) return;
    const pauseMs = reach === 'stored' ? TRY_AGAIN_MS : TRY_SYNCED_AGAIN_MS;
    setTimeout(tryAgain, pauseMs).unref();
  }
}

/** The durability, or `stored` if it is not known in time. */
async function unlessLate(
  durability: Promise<StoreDurability>,
  giveUpAtMs: number,
): Promise<StoreDurability> {
  const late = Promise.withResolvers<StoreDurability>();
  const timer = setTimeout(late.resolve, Math.max(0, giveUpAtMs - performance.now()), 'stored');
  const first = await Promise.race([durability, late.promise]);
  clearTimeout(timer);
  return first;
}
