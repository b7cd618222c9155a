// Echo: Redis may lose what it acknowledged, this process does not. A replica that is promoted has
// a prefix of its master's history; what came after it was acknowledged and is lost. So
// acknowledged writes are kept (kept-writes.ts) and offered again where the owner of their slot has
// another replication id than the master that acknowledged them, unless the new owner's history
// provably includes them. Update ids and the fold make the repetition harmless. Conditional writes
// are not offered, since what they depended on may be lost as well: they are looked up and
// reported.
//
//   acknowledged -> kept -> all replicas have it: released
//                        -> another owner: due -> offered, until it answers -> kept for that owner
//
// A session's own due writes go before everything that depends on its state: reads, locks and
// conditional writes wait for them (`ready`). Nobody is compacted for a while under a new
// replication id: a snapshot that mixes updates from before an erase and from after it cannot be
// taken apart.
//
// test/model/echo shows each of these rules, and what breaks without it.

import type { EchoEvents, EchoResult } from '../../echo-events.ts';
import { StoreUnavailable } from '../../session-store.ts';
import { createKeptWrites, type KeptRecord, type KeptWrite } from './kept-writes.ts';
import type { ReplicationSample } from './replication-sample.ts';

const SAMPLE_EVERY_MS = 250;
/** Keys whose writes are offered at one time, so that live traffic is not held up. */
const OFFERED_AT_ONCE = 16;
/** How long other processes may take to repeat their erases after a failover. */
const HOLD_MS = 25_000;
/** How long an operation waits for the writes that are offered before it. */
const READY_WITHIN_MS = 1000;

/** What is kept, and how. */
export type EchoOptions = {
  /** Bytes of acknowledged writes that are kept at most. */
  maxBytes: number;
  /** Whether heads have the moments of updates, by which a repeated erase knows what came before it.
   * Versions that do not read format 2 cannot read such heads. */
  writesMoments: boolean;
  /** For how long nothing is compacted under a new replication id, if not for the usual time. */
  holdMs?: number;
};

/** An answer of a server, and its last sample before the write was sent; undefined without one. */
export type Offered = { result: EchoResult; master: ReplicationSample | undefined };

/** What echo needs to know of the connections. */
export type EchoedConnection = {
  slotOf(key: string): number;
  /** Its master's last sample; undefined while that is not known. */
  ownerOf(slot: number): ReplicationSample | undefined;
  sampleMasters(): void;
};

export type Echo = {
  /** To be called before a server is sampled; answers what to call with the sample. */
  onSampling(): (sample: ReplicationSample) => void;
  start(parts: {
    connection: EchoedConnection;
    /** Sends a kept write again. Throws StoreUnavailable if no answer came. */
    offer: (write: KeptWrite) => Promise<Offered>;
  }): void;
  /** Keeps an acknowledged write. `master`: the last sample before it was sent. */
  keep(write: Omit<KeptWrite, 'slot'>, master: ReplicationSample | undefined): void;
  /** Resolves once this process's writes to a key are on its present master; undefined if they
   * are. */
  ready(key: string, master: ReplicationSample | undefined): Promise<unknown> | undefined;
  /** Whether a session may not be compacted yet. */
  isHeld(key: string): boolean;
  close(): void;
};

type Due = { id: string; record: KeptRecord; owner: ReplicationSample };
type DueKey = { due: Due[]; isOffering: boolean; ended: PromiseWithResolvers<void> };

export function createEcho(
  options: EchoOptions & { nowMonotonicMs: () => number } & EchoEvents,
): Echo {
  const { maxBytes, holdMs = HOLD_MS, nowMonotonicMs, onEchoOverrun = () => {} } = options;
  const kept = createKeptWrites({ maxBytes, nowMonotonicMs, onOverrun: onEchoOverrun });
  const firstSeenMs = new Map<string, number>();
  const dueKeys = new Map<string, DueKey>();
  let parts: Parameters<Echo['start']>[0] | undefined;
  let timer: NodeJS.Timeout | undefined;
  let offering = 0;

  return {
    onSampling() {
      const sequenceEnd = kept.sequence();
      return (sample) => {
        kept.sampled(sample, sequenceEnd);
        if (firstSeenMs.has(sample.id)) return;
        firstSeenMs.set(sample.id, nowMonotonicMs());
        collect();
      };
    },
    start(given) {
      parts = given;
      timer = setInterval(look, SAMPLE_EVERY_MS).unref();
    },
    keep(write, master) {
      const slot = parts?.connection.slotOf(write.key) ?? 0;
      // Without a sample it counts as acknowledged by an unknown master, and is offered.
      kept.keep(master?.id ?? '', { ...write, slot });
    },
    ready(key, master) {
      const slot = parts?.connection.slotOf(key) ?? 0;
      if (master !== undefined && kept.hasOther(slot, master.id)) collect(slot);
      const dueKey = dueKeys.get(key);
      if (dueKey === undefined) return undefined;
      if (!dueKey.isOffering) offerKey(key, dueKey);
      return Promise.race([dueKey.ended.promise, pause(READY_WITHIN_MS)]);
    },
    isHeld(key) {
      if (parts === undefined) return false;
      const owner = parts.connection.ownerOf(parts.connection.slotOf(key));
      const sinceMs = owner && firstSeenMs.get(owner.id);
      return sinceMs === undefined || nowMonotonicMs() - sinceMs < holdMs;
    },
    close() {
      clearInterval(timer);
      parts = undefined;
    },
  };

  function look(): void {
    options.onEchoKept?.({ writes: kept.count(), bytes: kept.bytes() });
    if (kept.count() === 0 && dueKeys.size === 0) return;
    parts?.connection.sampleMasters();
    collect();
    offerNext();
  }

  /** Finds the writes that are due, of one slot or of all. */
  function collect(onlySlot?: number): void {
    if (parts === undefined) return;
    for (const due of kept.takeDue(parts.connection.ownerOf, onlySlot)) {
      if (isIncluded(due)) {
        kept.keep(due.owner.id, due.record.write, due.record.offset);
        continue;
      }
      const { key } = due.record.write;
      const dueKey = dueKeys.get(key) ?? {
        ...{ due: [], isOffering: false, ended: Promise.withResolvers<void>() },
      };
      dueKey.due.push(due);
      dueKeys.set(key, dueKey);
    }
    offerNext();
  }

  function offerNext(): void {
    for (const [key, dueKey] of dueKeys) {
      if (offering >= OFFERED_AT_ONCE) return;
      if (!dueKey.isOffering) offerKey(key, dueKey);
    }
  }

  async function offerKey(key: string, dueKey: DueKey): Promise<void> {
    dueKey.isOffering = true;
    offering += 1;
    await offerAll(dueKey);
    offering -= 1;
    dueKeys.delete(key);
    dueKey.ended.resolve();
    offerNext();
  }

  /** Offers the writes of a key, one after the other, erases first. What the store does not answer
   * is kept as before, and is due again with the next look. */
  async function offerAll({ due }: DueKey): Promise<void> {
    for (;;) {
      const erase = due.find(({ record }) => record.write.kind === 'erase');
      const next = erase ?? due[0];
      if (next === undefined || parts === undefined) return;
      const { write } = next.record;
      try {
        const { result, master } = await parts.offer(write);
        due.splice(due.indexOf(next), 1);
        options.onEchoOffered?.({ kind: write.kind, result });
        if (result !== 'there' && result !== 'restored') continue;
        const isElsewhere = master !== undefined && master.id !== next.owner.id;
        kept.keep(master?.id ?? '', write, undefined, isElsewhere ? next.owner.id : undefined);
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        for (const { id, record } of due) kept.keep(id, record.write, record.offset);
        return;
      }
    }
  }
}

/** Whether the history of the present owner has the write. */
function isIncluded({ id, record, owner }: Due): boolean {
  return (
    owner.previousId === id && record.offset !== undefined && record.offset < owner.previousEnd
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
