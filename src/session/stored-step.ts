// A history step as it was read from a frame: its texts remain the bytes that are in the frame, as
// values do (stored-entry.ts). Answers and snapshots copy them. Only short texts that JSON does not
// escape are left there, which nearly all are.

import type { HistoryStep } from '../gen/cognigy/session/v1/session_state_pb.ts';

/** A part of a buffer. */
export type Part = { start: number; end: number };

/** Where the parts of a step are. Both texts are printable ASCII, without quotes and backslashes. */
export type StepParts = { message: Part; nodeId: Part; timestamp: Part };

/** A step whose texts are parts of a larger buffer. */
export class StoredStep implements HistoryStep {
  readonly $typeName = 'cognigy.session.v1.HistoryStep';
  readonly position: number;
  /** Generated code looks for it in the object itself. */
  readonly receivedAfterMs?: bigint;
  /** Must not change. */
  readonly source: Buffer;
  readonly parts: StepParts;

  constructor(
    source: Buffer,
    parts: StepParts,
    { position, receivedAfterMs }: { position: number; receivedAfterMs: number | undefined },
  ) {
    this.source = source;
    this.parts = parts;
    this.position = position;
    if (receivedAfterMs !== undefined) this.receivedAfterMs = BigInt(receivedAfterMs);
  }

  get nodeId(): string {
    return this.#text(this.parts.nodeId);
  }

  get timestamp(): string {
    return this.#text(this.parts.timestamp);
  }

  #text({ start, end }: Part): string {
    return this.source.toString('latin1', start, end);
  }
}
