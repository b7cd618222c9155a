// A spool without a disk: rows survive the process that wrote them, as long as the test keeps them.

import { type Spool, type SpooledRow, SpoolFailed, SpoolFull } from '../../src/spool/spool.ts';

export type MemorySpool = Spool & {
  /** The rows that are not done, by their numbers. */
  rows: Map<number, Uint8Array>;
  /** What `add` does with the next rows. */
  next: 'kept' | 'full' | 'failed' | 'hangs';
};

/** Opens a spool with the rows that another one left. */
export function createMemorySpool(left: Iterable<[number, Uint8Array]> = []): MemorySpool {
  const rows = new Map(left);
  const recovered = [...rows].map(([number, payload]): SpooledRow => ({ number, payload }));
  let last = Math.max(0, ...rows.keys());
  return {
    rows,
    next: 'kept',
    async add(payload) {
      if (this.next === 'full') throw new SpoolFull('there is no room');
      if (this.next === 'failed') throw new SpoolFailed('the disk failed');
      if (this.next === 'hangs') return new Promise(() => {});
      last += 1;
      rows.set(last, payload.slice());
      return last;
    },
    done(number) {
      if (!rows.delete(number)) throw new Error(`row ${number} is done already`);
    },
    recovered: () => recovered,
    damage: () => ({ rows: 0, bytes: 0 }),
    usage: () => ({
      rows: rows.size,
      bytes: [...rows.values()].reduce((sum, { length }) => sum + length, 0),
      maxBytes: 1_000_000,
    }),
    async close() {},
  };
}
