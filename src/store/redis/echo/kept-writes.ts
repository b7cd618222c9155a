// The acknowledged writes of this process that a failover might lose, grouped by the replication id
// of the master that acknowledged them. A write is kept until every replica of that master that was
// seen lately has acknowledged its offset. Without a replica it is kept for a while, in which a
// failover would have shown, counted only while the master answers.
//
// The offset of a write is that of the first sample that was sent after its acknowledgement: an
// upper bound. A sample from before it would be none, and the write would be released too early.

import type { EchoKind } from '../../echo-events.ts';
import type { ReplicationSample } from './replication-sample.ts';

/** The longest usual node timeout of a cluster, and the election after it. */
const KEPT_WITHOUT_REPLICA_MS = 25_000;
/** A replica that is disconnected for longer is not promoted, or only if there is no other. */
const REPLICA_SEEN_MS = 60_000;
/** A longer gap between two samples counts as this: the master did not answer meanwhile. */
const SAMPLE_GAP_MAX_MS = 500;
/** What a write takes in memory besides its contents. */
const RECORD_BYTES = 300;
/** Released places at the front of a queue, before it is moved up. */
const FRONT_MAX = 1024;

/** A write as its owner offers it again. */
export type KeptWrite = {
  /** The order in which the writes of one key are offered: erases first. */
  kind: EchoKind;
  key: string;
  slot: number;
  /** Of its contents. */
  bytes: number;
  /** What it takes to offer it again. */
  again: unknown;
};

/** A write that is kept. */
export type KeptRecord = {
  write: KeptWrite;
  /** At the latest; undefined until a sample says it. */
  offset: number | undefined;
  /** Its place in the order of acknowledgements. */
  sequence: number;
  /** For how long its master had answered then. */
  answeredMs: number;
  /** The master that it was offered to, where another one answered: a slot is being moved. */
  offeredFor: string | undefined;
};

/** The writes that one master acknowledged. */
type Group = {
  id: string;
  records: KeptRecord[];
  /** Of the first record that is kept, and of the first whose offset is not known. */
  first: number;
  firstUnbounded: number;
  /** How many records each slot has. */
  slots: Map<number, number>;
  answeredMs: number;
  sampledMs: number;
  replicas: Map<string, { offset: number; answeredMs: number }>;
};

export type KeptWrites = ReturnType<typeof createKeptWrites>;

export function createKeptWrites({
  maxBytes,
  nowMonotonicMs,
  onOverrun,
}: {
  maxBytes: number;
  nowMonotonicMs: () => number;
  /** A write was forgotten, since there was no room. */
  onOverrun: () => void;
}) {
  const groups = new Map<string, Group>();
  let sequence = 0;
  let count = 0;
  let bytes = 0;

  return {
    /** How many writes are kept, and their bytes. */
    count: () => count,
    bytes: () => bytes,
    /** What was acknowledged so far has a lower sequence. */
    sequence: () => sequence,
    keep,
    sampled,
    takeDue,
    hasOther,
  };

  /** Keeps what the master of that id acknowledged, the oldest at the expense of which there is
   * room. `offset`: where it is already known. */
  function keep(id: string, write: KeptWrite, offset?: number, offeredFor?: string): void {
    const group = groupOf(id);
    const isBounded = offset !== undefined && group.firstUnbounded === group.records.length;
    const { answeredMs } = group;
    group.records.push({ write, offset, sequence: sequence++, answeredMs, offeredFor });
    if (isBounded) group.firstUnbounded += 1;
    group.slots.set(write.slot, (group.slots.get(write.slot) ?? 0) + 1);
    count += 1;
    bytes += write.bytes + RECORD_BYTES;
    while (bytes > maxBytes) {
      if (group.first === group.records.length) break;
      release(group);
      onOverrun();
    }
  }

  /** Uses a sample that was sent when `sequenceEnd` writes had been acknowledged. */
  function sampled(sample: ReplicationSample, sequenceEnd: number): void {
    const group = groupOf(sample.id);
    const nowMs = nowMonotonicMs();
    group.answeredMs += Math.min(SAMPLE_GAP_MAX_MS, nowMs - group.sampledMs);
    group.sampledMs = nowMs;
    for (const { name, offset } of sample.replicas)
      group.replicas.set(name, { offset, answeredMs: group.answeredMs });
    for (const [name, { answeredMs }] of group.replicas)
      if (group.answeredMs - answeredMs > REPLICA_SEEN_MS) group.replicas.delete(name);
    for (; group.firstUnbounded < group.records.length; group.firstUnbounded++) {
      const record = group.records[group.firstUnbounded] as KeptRecord;
      if (record.sequence >= sequenceEnd) break;
      record.offset ??= sample.offset;
    }
    const replicas = [...group.replicas.values()];
    const leastOffset = Math.min(...replicas.map(({ offset }) => offset));
    for (;;) {
      const record = group.records[group.first];
      if (record === undefined) break;
      const isReplicated =
        replicas.length > 0
          ? record.offset !== undefined && record.offset <= leastOffset
          : group.answeredMs - record.answeredMs >= KEPT_WITHOUT_REPLICA_MS;
      if (!isReplicated) break;
      release(group);
    }
    for (const { id, records, sampledMs } of groups.values())
      if (records.length === 0 && nowMs - sampledMs > REPLICA_SEEN_MS) groups.delete(id);
  }

  /** Removes and answers the writes of slots whose owner is another master than the one that
   * acknowledged them, or of one slot alone. `ownerOf` answers undefined while the owner is not
   * known. */
  function takeDue(
    ownerOf: (slot: number) => ReplicationSample | undefined,
    onlySlot?: number,
  ): { id: string; record: KeptRecord; owner: ReplicationSample }[] {
    const due: { id: string; record: KeptRecord; owner: ReplicationSample }[] = [];
    for (const group of groups.values()) {
      const owners = new Map<number, ReplicationSample>();
      for (const slot of onlySlot === undefined ? group.slots.keys() : [onlySlot]) {
        const owner = ownerOf(slot);
        if (owner !== undefined && owner.id !== group.id && group.slots.has(slot))
          owners.set(slot, owner);
      }
      if (owners.size === 0) continue;
      const left: KeptRecord[] = [];
      for (const record of group.records.slice(group.first)) {
        const owner = owners.get(record.write.slot);
        if (owner === undefined || record.offeredFor === owner.id) {
          left.push(record);
          continue;
        }
        due.push({ id: group.id, record, owner });
        uncount(group, record);
      }
      const unbounded = left.findIndex(({ offset }) => offset === undefined);
      group.records = left;
      group.first = 0;
      group.firstUnbounded = unbounded === -1 ? left.length : unbounded;
    }
    return due;
  }

  /** Whether a slot has writes that another master than this one acknowledged. */
  function hasOther(slot: number, id: string): boolean {
    for (const group of groups.values()) if (group.id !== id && group.slots.has(slot)) return true;
    return false;
  }

  function release(group: Group): void {
    const record = group.records[group.first] as KeptRecord;
    uncount(group, record);
    group.first += 1;
    group.firstUnbounded = Math.max(group.firstUnbounded, group.first);
    if (group.first < FRONT_MAX && group.first < group.records.length) return;
    group.records = group.records.slice(group.first);
    group.firstUnbounded -= group.first;
    group.first = 0;
  }

  function uncount({ slots }: Group, { write }: KeptRecord): void {
    const left = (slots.get(write.slot) ?? 1) - 1;
    if (left === 0) slots.delete(write.slot);
    else slots.set(write.slot, left);
    count -= 1;
    bytes -= write.bytes + RECORD_BYTES;
  }

  function groupOf(id: string): Group {
    const found = groups.get(id);
    if (found !== undefined) return found;
    const group: Group = {
      ...{ id, records: [], first: 0, firstUnbounded: 0, slots: new Map() },
      ...{ answeredMs: 0, sampledMs: nowMonotonicMs(), replicas: new Map() },
    };
    groups.set(id, group);
    return group;
  }
}
