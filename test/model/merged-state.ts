// What a session must hold, worked out the plain way: registers in a map, one update after the
// other. It knows nothing of frames, folds or scripts.

import { type ModelUpdate, timestampOf } from './model-update.ts';

const DAY_MICROS = 86_400_000_000;
const AHEAD_MAX_MICROS = 10_000_000;

/** An update that was stored, with its id and its receipt in unix microseconds. */
export type StoredUpdate = {
  update: ModelUpdate;
  id: string;
  micros: number;
  /** The latest stamp that its sender had seen, if it was made from what its sender had seen. */
  seen?: Stamp | undefined;
};

export type Stamp = [
  second: number,
  sequence: number,
  fraction: number,
  received: number,
  id: string,
];
/** A visited node, with the notation of its instant. */
type Visit = { nodeId: string; timestamp: string; receivedMs: number };
type Register = { stamp: Stamp; value: string | undefined };

export class MergedState {
  registers = new Map<string, Register>();
  /** By part, the latest stamp that replaced it. */
  floors = new Map<string, Stamp>();
  /** By instant and node, as first sent. */
  history = new Map<string, Visit>();
  lastReceivedMicros = 0;

  /** The same with these updates, in their order. */
  with(updates: Iterable<StoredUpdate>): MergedState {
    const merged = this.copy();
    for (const stored of updates) merged.merge(stored);
    return merged;
  }

  /** The same without the removals and replacements that were received more than a day ago. */
  withoutOldRemovals(nowMs: number): MergedState {
    const kept = this.copy();
    const isOld = (stamp: Stamp) => stamp[3] < nowMs * 1000 - DAY_MICROS;
    for (const [name, { value, stamp }] of kept.registers)
      if (value === undefined && isOld(stamp)) kept.registers.delete(name);
    for (const [part, stamp] of kept.floors) if (isOld(stamp)) kept.floors.delete(part);
    return kept;
  }

  /** Keys and values of `variables` or `context`. */
  entries(part: 'variables' | 'context'): Record<string, string> {
    const held = [...this.registers].filter(
      ([name, { value }]) => name.startsWith(`${part} `) && value !== undefined,
    );
    return Object.fromEntries(
      held.map(([name, { value }]) => [name.slice(part.length + 1), value as string]),
    );
  }

  /** How many removed keys of `variables` or `context` are remembered. */
  removed(part: 'variables' | 'context'): number {
    return [...this.registers].filter(
      ([name, { value }]) => name.startsWith(`${part} `) && value === undefined,
    ).length;
  }

  /** The latest of all stamps. */
  latest(): Stamp | undefined {
    return this.registers.get('timestamp')?.stamp;
  }

  text(name: 'timestamp' | 'user' | 'flow'): string {
    return this.registers.get(name)?.value ?? '';
  }

  private copy(): MergedState {
    const { registers, floors, history, lastReceivedMicros } = this;
    const maps = {
      ...{ registers: new Map(registers), floors: new Map(floors), history: new Map(history) },
    };
    return Object.assign(new MergedState(), { ...maps, lastReceivedMicros });
  }

  private merge(stored: StoredUpdate): void {
    const { stamp, sentAt } = timesOf(stored);
    const { update } = stored;
    this.lastReceivedMicros = Math.max(this.lastReceivedMicros, stamp[3]);
    this.offer('timestamp', stamp, sentAt);
    if (update.userId) this.offer('user', stamp, update.userId);
    if (update.flowId) this.offer('flow', stamp, update.flowId);
    for (const part of update.replace) this.raiseFloor(part, stamp);
    for (const { key, json } of update.variables) this.offer(`variables ${key}`, stamp, json);
    for (const { key, json } of update.context) this.offer(`context ${key}`, stamp, json);
    for (const key of update.removedVariables) this.offer(`variables ${key}`, stamp, undefined);
    for (const key of update.removedContext) this.offer(`context ${key}`, stamp, undefined);
    for (const step of update.history) {
      const timestamp = step.timestamp || sentAt;
      const receivedMs = Math.floor(stored.micros / 1000);
      const key = `${instantMs(timestamp)} ${step.nodeId}`;
      this.visit(key, { nodeId: step.nodeId, timestamp, receivedMs });
    }
  }

  private visit(key: string, visit: Visit): void {
    const known = this.history.get(key);
    const isEarlier =
      !known ||
      visit.receivedMs < known.receivedMs ||
      (visit.receivedMs === known.receivedMs && visit.timestamp < known.timestamp);
    if (isEarlier) this.history.set(key, visit);
  }

  /** What came before the stamp is gone from the part. */
  private raiseFloor(part: string, stamp: Stamp): void {
    const known = this.floors.get(part);
    if (known && compare(known, stamp) >= 0) return;
    this.floors.set(part, stamp);
    for (const [name, held] of this.registers)
      if (name.startsWith(`${part} `) && compare(held.stamp, stamp) < 0)
        this.registers.delete(name);
  }

  private offer(name: string, stamp: Stamp, value: string | undefined): void {
    const floor = this.floors.get(name.slice(0, name.indexOf(' ')));
    if (floor && compare(stamp, floor) < 0) return;
    const held = this.registers.get(name);
    const order = held ? compare(held.stamp, stamp) : -1;
    if (order < 0 || (order === 0 && value === undefined))
      this.registers.set(name, { stamp, value });
  }
}

/** An update as it is stored, in a text: equal for what is equal to the last bit. */
export function storedText(stored: StoredUpdate): string {
  const { stamp, sentAt } = timesOf(stored);
  return [...stamp, sentAt].join(' ');
}

function timesOf({ update, id, micros, seen }: StoredUpdate): { stamp: Stamp; sentAt: string } {
  return {
    stamp: stampAfter(seen, stampOf(update, micros, id)),
    sentAt: timestampOf(update) || new Date(Math.floor(micros / 1000)).toISOString(),
  };
}

function stampOf(
  { eventSecond, eventMs, sequence }: ModelUpdate,
  received: number,
  id: string,
): Stamp {
  const micros = Math.min(eventMicros(eventSecond, eventMs, received), received + AHEAD_MAX_MICROS);
  return [Math.floor(micros / 1e6), Number(sequence), micros % 1e6, received, id];
}

/** What was seen is won over: by a later stamp, or else by the next one that there is. */
function stampAfter(seen: Stamp | undefined, stamp: Stamp): Stamp {
  if (!seen || compare(seen, stamp) < 0) return stamp;
  const [second, sequence, fraction, received] = seen;
  return [second, sequence, fraction, Math.max(stamp[3], received + 1), stamp[4]];
}

/** A whole second takes the rest from receipt, or its first or last microsecond if receipt is
 * outside of it. (The last one stands for the last nanosecond: receipts are never that close to a
 * second's end here.) */
function eventMicros(second: number | undefined, ms: number | undefined, received: number): number {
  if (second === undefined) return received;
  if (ms !== undefined) return second * 1e6 + ms * 1000;
  return Math.min(Math.max(received, second * 1e6), second * 1e6 + 999_999);
}

function compare(a: Stamp, b: Stamp): number {
  for (const [index, part] of a.entries()) {
    const other = b[index] as typeof part;
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}

function instantMs(timestamp: string): number {
  if (!/^\d+$/.test(timestamp)) return Date.parse(timestamp);
  return timestamp.length > 10 ? Number(timestamp) : Number(timestamp) * 1000;
}
