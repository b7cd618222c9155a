// Takes rows and writes those that are waiting together: one write at a time, the next one collects
// meanwhile. Marks are written between the batches. So a disk that does not answer holds one thread
// of libuv's pool, which DNS lookups, compression and key derivation need too.

import { payloadMaxBytes, type RowAppender } from './append-rows.ts';
import type { Disk } from './disk.ts';
import { type Era, encodeMarks, rowBytes, type SegmentLayout } from './segment-layout.ts';
import type { Segment, Segments } from './segments.ts';
import { SpoolFailed, SpoolFull } from './spool.ts';

/** Rows that are written together: their digests are computed in one turn of the event loop. */
const BATCH_MAX_BYTES = 512 * 1024;

/** Rows that may wait for the disk, since they are in memory. One row may always wait. */
const WAITING_MAX_BYTES = 8 * 1024 * 1024;

type WaitingRow = PromiseWithResolvers<number> & {
  number: number;
  payload: Uint8Array;
  isAbandoned: boolean;
};

export type SpoolQueueOptions = {
  disk: Disk;
  segments: Segments;
  appender: RowAppender;
  layout: SegmentLayout;
  ringId: Era['ringId'];
  /** What rows that are not done may take. */
  maxBytes: number;
  /** After how long a disk counts as stalled. */
  stallMs: number;
  /** The number of the next row. */
  takeNumber: () => number;
  onFailure: (error: Error) => void;
};

export type SpoolQueue = {
  /** See Spool. */
  add(payload: Uint8Array): Promise<number>;
  done(number: number): void;
  /** Resolves when nothing is left to write. Later rows are refused. */
  close(): Promise<void>;
};

/** Creates the queue in front of these segments. */
export function createSpoolQueue(options: SpoolQueueOptions): SpoolQueue {
  const { disk, segments, appender, layout, ringId, maxBytes, stallMs, onFailure } = options;
  let waiting: WaitingRow[] = [];
  let waitingBytes = 0;
  let inFlight: WaitingRow[] = [];
  let isStalled = false;
  let isClosed = false;
  let working: Promise<void> | undefined;

  return {
    async add(payload) {
      const bytes = rowBytes(payload.length);
      const reason = whatIsInTheWay(payload.length, bytes);
      if (reason !== undefined) throw new SpoolFull(reason);
      const row = {
        ...Promise.withResolvers<number>(),
        ...{ number: options.takeNumber(), payload, isAbandoned: false },
      };
      waiting.push(row);
      waitingBytes += bytes;
      work();
      return row.promise;
    },
    done(number) {
      if (isClosed) return;
      segments.done(number);
      work();
    },
    async close() {
      isClosed = true;
      await working;
      await appender.close();
    },
  };

  function whatIsInTheWay(payloadBytes: number, bytes: number): string | undefined {
    const rowMaxBytes = payloadMaxBytes(layout);
    if (isClosed) return 'the spool is closed';
    if (payloadBytes > rowMaxBytes)
      return `a row of ${payloadBytes} bytes is larger than ${rowMaxBytes}`;
    if (isStalled) return `the disk has not answered for ${stallMs} ms`;
    if (segments.usage().bytes + waitingBytes + bytes > maxBytes)
      return `the spool is full: its rows take up to ${maxBytes} bytes`;
    if (waitingBytes > 0 && waitingBytes + bytes > WAITING_MAX_BYTES)
      return `the disk is too slow: ${waitingBytes} bytes are waiting for it`;
    return undefined;
  }

  function work(): void {
    working ??= run();
  }

  async function run(): Promise<void> {
    // Rows that are added in the same turn are written together.
    await undefined;
    while (waiting.length > 0 || segments.changed.size > 0) {
      if (waiting.length > 0) await withinLimit(writeBatch);
      const [changed] = segments.changed;
      if (changed !== undefined) await withinLimit(() => writeMarks(changed));
    }
    // In the same turn as the check above: what is added later starts the work again.
    working = undefined;
  }

  /** Does something with the disk. If the disk does not answer in time, rows that wait are refused
   * until it does. */
  async function withinLimit(action: () => Promise<void>): Promise<void> {
    const timer = setTimeout(() => {
      isStalled = true;
      const message = `the disk has not answered for ${stallMs} ms`;
      for (const row of inFlight) {
        row.isAbandoned = true;
        row.reject(new SpoolFailed(message));
      }
      refuseWaiting(message);
      onFailure(new Error(message));
    }, stallMs);
    try {
      await action();
    } finally {
      clearTimeout(timer);
      isStalled = false;
    }
  }

  function refuseWaiting(message: string): void {
    for (const row of waiting) row.reject(new SpoolFull(message));
    waiting = [];
    waitingBytes = 0;
  }

  async function writeBatch(): Promise<void> {
    const [first] = waiting;
    if (first === undefined) return;
    if (!(await appender.makeRoom(rowBytes(first.payload.length))))
      return refuseWaiting('the spool is full, or the disk refuses to be written');
    const batch = takeBatch(Math.min(BATCH_MAX_BYTES, appender.room()));
    if (batch.length === 0) return;
    inFlight = batch;
    try {
      const { segment, places } = await appender.append(batch);
      for (const [index, row] of batch.entries()) {
        const place = places[index] ?? { at: 0, bytes: 0 };
        if (row.isAbandoned) segments.mark(segment, place.at);
        else segments.put(row.number, segment, place);
        row.resolve(row.number);
      }
    } catch (error) {
      for (const row of batch)
        row.reject(
          new SpoolFailed(`the disk failed: ${(error as Error).message}`, { cause: error }),
        );
    } finally {
      inFlight = [];
    }
  }

  /** Takes the rows that are next, up to so many bytes, or one. */
  function takeBatch(bytesMax: number): WaitingRow[] {
    let bytes = 0;
    let count = 0;
    for (const { payload } of waiting) {
      const next = rowBytes(payload.length);
      if (count > 0 && bytes + next > bytesMax) break;
      bytes += next;
      count += 1;
    }
    waitingBytes -= bytes;
    return waiting.splice(0, count);
  }

  async function writeMarks(segment: Segment): Promise<void> {
    segments.changed.delete(segment);
    try {
      if (segment.isRetired && segment.rows.size === 0) return await disk.remove(segment.path);
      const file = await disk.open(segment.path, { synced: false });
      try {
        await file.write(encodeMarks({ ringId, generation: segment.generation }, segment.bits), 0);
      } finally {
        await file.close();
      }
    } catch (error) {
      onFailure(error as Error);
    }
  }
}
