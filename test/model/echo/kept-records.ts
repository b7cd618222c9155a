// What a sidecar keeps of its acknowledged writes, until the replicas have them.

import type { Erasure } from './modelled-session.ts';
import type { Sample } from './modelled-shard.ts';
import type { Rules } from './rules.ts';

/** Without a replica a write is kept for so long while its master answers. */
const KEPT_MS = 25_000;
/** A replica that is no longer connected counts for so long while its master answers. */
const REPLICA_SEEN_MS = 60_000;
/** A gap between two samples counts for no more: the master was not there in between. */
const GAP_MAX_MS = 500;

export type KeptRecord = {
  /** Of the master that acknowledged it. */
  masterId: string;
  /** Where its write is in the history of that master, at the latest. */
  offset: number | undefined;
  /** Counts acknowledgements. */
  sequence: number;
  /** For how long its master had answered then. */
  heardMs: number;
} & Kept;

export type Kept =
  | { kind: 'update'; id: string; receivedMs: number }
  | { kind: 'conditional'; id: string; revision: number; incarnation: number }
  | { kind: 'erase'; id: string; erasure: Erasure };

type Heard = { totalMs: number; lastMs: number; replicas: Map<string, ReplicaSeen> };
type ReplicaSeen = { offset: number; heardMs: number };

export function createKeptRecords(rules: Rules, nowMs: () => number) {
  let records: KeptRecord[] = [];
  let sequence = 0;
  const masters = new Map<string, Heard>();

  return {
    /** Of other masters than this one; erases first. */
    dueFor: (masterId: string) => {
      const due = records.filter((record) => record.masterId !== masterId);
      return [
        ...due.filter(({ kind }) => kind === 'erase'),
        ...due.filter(({ kind }) => kind !== 'erase'),
      ];
    },
    isEmpty: () => records.length === 0,
    nextSequence: () => sequence,

    keep(kept: Kept, { id, offset }: Pick<Sample, 'id' | 'offset'>): void {
      const known = rules.offsetFromLaterSample ? undefined : offset;
      records.push({
        ...kept,
        ...{ masterId: id, offset: known, sequence: sequence++, heardMs: heardOf(id).totalMs },
      });
    },

    /** The present master has it. */
    settle(record: KeptRecord, masterId: string, { isAtSameOffset = false } = {}): void {
      record.masterId = masterId;
      if (!isAtSameOffset) record.offset = undefined;
      record.sequence = sequence++;
      record.heardMs = heardOf(masterId).totalMs;
      if (!rules.keepsOffered) this.forget(record);
    },
    forget(record: KeptRecord): void {
      records = records.filter((other) => other !== record);
    },

    /** Uses a sample; `sequenceEnd`: of the acknowledgements that came before it was sent. */
    sampled(sample: Sample, sequenceEnd: number): void {
      const heard = heardOf(sample.id);
      heard.totalMs += Math.min(GAP_MAX_MS, nowMs() - heard.lastMs);
      heard.lastMs = nowMs();
      for (const { name, offset } of sample.replicas)
        heard.replicas.set(name, { offset, heardMs: heard.totalMs });
      for (const [name, { heardMs }] of heard.replicas)
        if (heard.totalMs - heardMs > REPLICA_SEEN_MS) heard.replicas.delete(name);
      for (const record of records)
        if (record.masterId === sample.id && record.sequence < sequenceEnd)
          record.offset ??= sample.offset;
      records = records.filter((record) => !isReplicated(record, sample));
    },
  };

  function isReplicated(record: KeptRecord, sample: Sample): boolean {
    if (record.masterId !== sample.id) return false;
    const { replicas, totalMs } = heardOf(sample.id);
    const isOld = totalMs - record.heardMs >= KEPT_MS;
    if (rules.window === 'age') return isOld;
    const counted = rules.window === 'seen' ? [...replicas.values()] : sample.replicas;
    if (counted.length === 0) return isOld;
    const { offset } = record;
    return offset !== undefined && counted.every((replica) => replica.offset >= offset);
  }

  function heardOf(masterId: string): Heard {
    const found = masters.get(masterId) ?? { totalMs: 0, lastMs: nowMs(), replicas: new Map() };
    masters.set(masterId, found);
    return found;
  }
}
