// What a session must hold, worked out the plain way: registers in maps, one update after the other. It knows
// nothing of frames, folds or scripts.

import { createSessionUpdate } from '../../src/session/session-update.ts';

const DAY_MICROS = 86_400_000_000;
const AHEAD_MAX_MICROS = 10_000_000;

/** An update as a caller posts it, with what only the test knows of it. */
export type ModelUpdate = {
  sessionId: string;
  userId: string;
  flowId: string;
  variables: { key: string; json: string }[];
  context: { key: string; json: string }[];
  removedVariables: string[];
  removedContext: string[];
  history: { nodeId: string; timestamp: string }[];
  updateId: string;
  inputId: string;
  sequence: bigint;
  /** Unix seconds of the event; undefined if no timestamp is sent. */
  eventSecond: number | undefined;
  /** Milliseconds below the second, if digits of them are sent. */
  eventMs: number | undefined;
};

export type Position = { revision: number; etag: string };

/** What became of an update that was stored. */
export type Received = { id: string; etag: string; micros: number; expiresAtMs: number };

type Stamp = [second: number, sequence: number, fraction: number, received: number, id: string];
type Register = { stamp: Stamp; value: string | undefined };

/** The timestamp of an update, as it is sent. */
export function timestampOf({ eventSecond, eventMs }: ModelUpdate): string {
  if (eventSecond === undefined) return '';
  if (eventMs === undefined) return String(eventSecond);
  return new Date(eventSecond * 1000 + eventMs).toISOString();
}

/** The id under which an update is known. */
export function idOf(update: ModelUpdate): string {
  const { eventSecond: _second, eventMs: _ms, ...posted } = update;
  return createSessionUpdate({ ...posted, timestamp: timestampOf(update) }, 0n).updateId;
}

export class Oracle {
  expiresAtMs = 0;
  revision = 0;
  live = new Map<string, Position>();
  recent: [string, Position][] = [];
  registers = new Map<string, Register>();
  history = new Set<string>();
  lastReceivedMicros = 0;
  /** Every update that was stored, in order. */
  log: string[] = [];

  /** Forgets a session whose time has passed. */
  at(nowMs: number): this {
    if (this.expiresAtMs <= nowMs) Object.assign(this, new Oracle());
    return this;
  }

  exists(): boolean {
    return this.revision > 0;
  }

  /** Where an update is already, if it is known. */
  known(id: string): Position | undefined {
    return this.live.get(id) ?? new Map(this.recent).get(id);
  }

  store(
    update: ModelUpdate,
    received: { id: string; etag: string; micros: number; expiresAtMs: number },
  ): void {
    const { id, etag, micros, expiresAtMs } = received;
    this.revision += 1;
    this.expiresAtMs = Math.max(this.expiresAtMs, expiresAtMs);
    this.live.set(id, { revision: this.revision, etag });
    this.log.push(`${id}@${micros}`);
    this.lastReceivedMicros = Math.max(this.lastReceivedMicros, micros);
    const sentAt = timestampOf(update) || new Date(Math.floor(micros / 1000)).toISOString();
    const stamp = stampOf(update, micros, id);
    this.offer('timestamp', stamp, sentAt);
    if (update.userId) this.offer('user', stamp, update.userId);
    if (update.flowId) this.offer('flow', stamp, update.flowId);
    for (const { key, json } of update.variables) this.offer(`variables ${key}`, stamp, json);
    for (const { key, json } of update.context) this.offer(`context ${key}`, stamp, json);
    for (const key of update.removedVariables) this.offer(`variables ${key}`, stamp, undefined);
    for (const key of update.removedContext) this.offer(`context ${key}`, stamp, undefined);
    for (const { nodeId, timestamp } of update.history) this.history.add(`${timestamp || sentAt} ${nodeId}`);
  }

  /** These updates are folded now; removals received more than a day ago are forgotten. */
  folded(ids: Iterable<string>, nowMs: number): void {
    const gone = [...ids].map((id) => [id, this.live.get(id) as Position] as [string, Position]);
    for (const [id] of gone) this.live.delete(id);
    this.recent = [...this.recent, ...gone.sort(([, a], [, b]) => a.revision - b.revision)].slice(-64);
    for (const [name, { value, stamp }] of this.registers) {
      if (value === undefined && stamp[3] < nowMs * 1000 - DAY_MICROS) this.registers.delete(name);
    }
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

  text(name: 'timestamp' | 'user' | 'flow'): string {
    return this.registers.get(name)?.value ?? '';
  }

  copy(): Oracle {
    return Object.assign(new Oracle(), structuredClone({ ...this }));
  }

  private offer(name: string, stamp: Stamp, value: string | undefined): void {
    const held = this.registers.get(name);
    const order = held ? compare(held.stamp, stamp) : -1;
    if (order < 0 || (order === 0 && value === undefined)) this.registers.set(name, { stamp, value });
  }
}

function stampOf({ eventSecond, eventMs, sequence }: ModelUpdate, received: number, id: string): Stamp {
  const micros = Math.min(eventMicros(eventSecond, eventMs, received), received + AHEAD_MAX_MICROS);
  return [Math.floor(micros / 1e6), Number(sequence), micros % 1e6, received, id];
}

/** A whole second takes the rest from receipt, or its first or last microsecond if receipt is outside of it.
 * (The last one stands for the last nanosecond: receipts are never that close to a second's end here.) */
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
