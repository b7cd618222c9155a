// Opens a spool: takes it for this process alone, reads what is in it, and continues where the last
// process ended.

import { createRowAppender, type WritePosition } from './append-rows.ts';
import { type Disk, nodeDisk } from './disk.ts';
import { lockDirectory } from './exclusive-lock.ts';
import { keepDamaged } from './keep-damaged.ts';
import { readSegment, type SegmentContents } from './read-segment.ts';
import { findRingFiles, SEGMENT_BYTES, segmentCount } from './ring-files.ts';
import { layoutOf, type SegmentLayout } from './segment-layout.ts';
import { createSegments, placeOf, type Segment } from './segments.ts';
import { type Spool, type SpooledRow, type SpoolOptions, SpoolUnavailable } from './spool.ts';
import { createSpoolQueue } from './spool-queue.ts';

/** How long a write may take. Callers of the service wait about as long. */
const STALL_MS = 1_000;

/** The share of the ring that rows may take. In the rest, rows are moved out of segments that have
 * few of them. */
const FILLED_SHARE = 7 / 8;

/** For tests. */
export type SpoolParts = {
  disk?: Disk;
  segmentBytes?: number;
  stallMs?: number;
  nowMonotonicMs?: () => number;
};

type ReadFile = { segment: Segment; contents: SegmentContents };

/** Opens a spool and reads what it holds. Rejects with SpoolUnavailable. */
export async function openSpool(options: SpoolOptions, parts: SpoolParts = {}): Promise<Spool> {
  const lock = lockDirectory(options.directory);
  try {
    return await openLocked(options, parts, lock);
  } catch (error) {
    lock.release();
    if (error instanceof SpoolUnavailable) throw error;
    const message = `${options.directory} cannot be opened: ${(error as Error).message}`;
    throw new SpoolUnavailable(message, { cause: error });
  }
}

async function openLocked(
  { directory, maxBytes, onFailure = () => {} }: SpoolOptions,
  parts: SpoolParts,
  lock: { release(): void },
): Promise<Spool> {
  const { disk = nodeDisk, segmentBytes = SEGMENT_BYTES, stallMs = STALL_MS } = parts;
  const { ringId, segments: paths } = findRingFiles(directory);
  const count = segmentCount(maxBytes, segmentBytes);
  const whole = paths.filter(({ bytes }) => bytes === segmentBytes);
  if (ringId === undefined || whole.length < count)
    throw new SpoolUnavailable(`${directory} has ${whole.length} of ${count} segments`);

  const layout = layoutOf(segmentBytes);
  const used = new Set(whole.slice(0, count).map(({ path }) => path));
  const files: ReadFile[] = [];
  for (const { path } of paths) {
    const contents = readSegment(await disk.read(path), layout, ringId);
    files.push({ contents, segment: segmentOf(path, contents, !used.has(path)) });
  }
  const recovered = new Map(keepNewest(files).map((row) => [row.number, row]));
  const damaged = files.flatMap(({ segment: { path }, contents }) =>
    contents.damage.map((damage) => ({ path, generation: contents.generation, damage })),
  );
  await keepDamaged(directory, damaged, { disk, maxBytes: segmentBytes, onFailure });

  const segments = createSegments(files.map(({ segment }) => segment));
  for (const { segment } of files)
    if (segment.isRetired && segment.rows.size === 0)
      await disk.remove(segment.path).catch(onFailure);
  let nextNumber = Math.max(1, ...files.map(({ contents }) => contents.nextNumber));
  const appender = createRowAppender({
    ...{ disk, segments, layout, ringId, onFailure },
    generation: Math.max(...files.map(({ contents }) => contents.generation)),
    nextNumber: () => nextNumber,
    from: lastPosition(files, layout),
    nowMonotonicMs: parts.nowMonotonicMs ?? (() => performance.now()),
  });
  // One segment is kept free, to move rows into.
  const usable = Math.floor((count - 1) * (layout.rowsEnd - layout.rowsAt) * FILLED_SHARE);
  const queue = createSpoolQueue({
    ...{ disk, segments, appender, layout, ringId, maxBytes: usable, stallMs, onFailure },
    takeNumber: () => nextNumber++,
  });
  const damage = {
    rows: damaged.reduce((sum, each) => sum + each.damage.rows, 0),
    bytes: damaged.reduce((sum, each) => sum + each.damage.bytes, 0),
  };
  return {
    add: queue.add,
    done(number) {
      recovered.delete(number);
      queue.done(number);
    },
    recovered: () => [...recovered.values()],
    damage: () => damage,
    usage: () => ({ ...segments.usage(), maxBytes: usable }),
    async close() {
      await queue.close();
      lock.release();
    },
  };
}

function segmentOf(path: string, contents: SegmentContents, isRetired: boolean): Segment {
  const { generation, bits } = contents;
  const unused = { rows: new Map(), liveBytes: 0, failedAtMs: undefined, isUnreadable: false };
  return { path, generation, bits, isRetired, ...unused };
}

/** Enters the rows that are not done into their segments, and returns them. A row that was moved
 * may be in two segments: the newer one says whether it is done. */
function keepNewest(files: readonly ReadFile[]): SpooledRow[] {
  const seen = new Set<number>();
  const rows: SpooledRow[] = [];
  const newestFirst = files.toSorted((a, b) => b.contents.generation - a.contents.generation);
  for (const { segment, contents } of newestFirst) {
    for (const { number, payload, at } of contents.rows) {
      if (seen.has(number)) continue;
      const place = placeOf(at, payload.length);
      segment.rows.set(number, place);
      segment.liveBytes += place.bytes;
      rows.push({ number, payload });
    }
    for (const { number } of contents.rows) seen.add(number);
    for (const number of contents.done) seen.add(number);
  }
  return rows.sort((one, other) => one.number - other.number);
}

/** The end of the newest rows, if nothing there is damaged. */
function lastPosition(
  files: readonly ReadFile[],
  { rowsEnd }: SegmentLayout,
): WritePosition | undefined {
  const last = files.reduce((newest, file) =>
    file.contents.generation > newest.contents.generation ? file : newest,
  );
  const { generation, damage, end } = last.contents;
  const isUsable =
    generation > 0 && damage.length === 0 && !last.segment.isRetired && end.at < rowsEnd;
  return isUsable ? { segment: last.segment, ...end } : undefined;
}
