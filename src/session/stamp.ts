// A stamp is an update's place among all updates of its session. It is fixed once, when the update
// is received. Stamps are compared in this order:
//
//   second of the event · sequence · fraction of the event's second · time of receipt · update id
//
// The sequence is between second and fraction because Cognigy's flows send whole seconds and a
// counter: within one second the counter is more reliable than any clock. (0 means "none" and comes
// before any sequence, so the writers of one session must share one counter or send none.) Update
// ids differ, so no two updates are equal, and every sidecar and every reader sees the same order.
//
// An update that depends on what its sender had read, under an etag or a lock, comes after what was
// read, whatever the clocks say (`stampAfter`).

import { create } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { type Stamp, StampSchema } from '../gen/cognigy/session/v1/session_state_pb.ts';
import { EVENT_AHEAD_MAX_SECONDS } from './limits.ts';
import type { Instant } from './timestamp.ts';

/** Stamps an update. `event` is undefined where the caller sent no timestamp. */
export function createStamp(
  event: Instant | undefined,
  rest: { receivedMicros: bigint; sequence: bigint; updateId: string },
): Stamp {
  const received = timestampFromMicros(rest.receivedMicros);
  const { sequence, updateId } = rest;
  const $typeName = StampSchema.typeName;
  return { $typeName, event: eventTime(event, received), sequence, received, updateId };
}

/** A stamp that comes after `seen`: the given stamp if it does, otherwise the next possible
 * stamp. */
export function stampAfter(seen: Stamp, stamp: Stamp): Stamp {
  if (compareStamps(stamp, seen) > 0) return stamp;
  const next = timestampFromMicros(microsOf(seen.received) + 1n);
  const received = compareTimestamps(stamp.received, next) > 0 ? stamp.received : next;
  return create(StampSchema, { ...seen, received, updateId: stamp.updateId });
}

/** The parts of a stamp, in the order in which they are compared. */
export const STAMP_PARTS = [
  ...(['event_second', 'sequence', 'event_fraction', 'received', 'update_id'] as const),
] as const;

export type StampPart = (typeof STAMP_PARTS)[number];

/** Negative if `a` is before `b`, 0 if they are the same stamp; an absent stamp is the earliest.
 * The size of the number is the place of the part that decides (`partThatDecides`). */
export function compareStamps(a: Stamp | undefined, b: Stamp | undefined): number {
  return (
    compare(a?.event?.seconds ?? 0n, b?.event?.seconds ?? 0n) ||
    2 * compare(a?.sequence ?? 0n, b?.sequence ?? 0n) ||
    3 * compare(a?.event?.nanos ?? 0, b?.event?.nanos ?? 0) ||
    4 * Math.sign(compareTimestamps(a?.received, b?.received)) ||
    5 * compare(a?.updateId ?? '', b?.updateId ?? '')
  );
}

/** The part of two stamps that decided a comparison; undefined if they are the same stamp. */
export function partThatDecides(comparison: number): StampPart | undefined {
  return STAMP_PARTS[Math.abs(comparison) - 1];
}

/** The time of the event, unix ms; 0 for an absent stamp. */
export function eventMsOf(stamp: Stamp | undefined): number {
  const { seconds = 0n, nanos = 0 } = stamp?.event ?? {};
  return Number(seconds) * 1000 + Math.floor(nanos / 1e6);
}

/** Negative if `a` is before `b`; an absent time is the earliest. */
export function compareTimestamps(a: Timestamp | undefined, b: Timestamp | undefined): number {
  return compare(a?.seconds ?? 0n, b?.seconds ?? 0n) || (a?.nanos ?? 0) - (b?.nanos ?? 0);
}

/** Unix microseconds as a timestamp. */
function timestampFromMicros(micros: bigint): Timestamp {
  return timestampOf(micros / 1_000_000n, Number(micros % 1_000_000n) * 1000);
}

/** `create` takes as long as all else that is done with a stamp. */
function timestampOf(seconds: bigint, nanos: number): Timestamp {
  return { $typeName: 'google.protobuf.Timestamp', seconds, nanos };
}

function microsOf(time: Timestamp | undefined): bigint {
  return (time?.seconds ?? 0n) * 1_000_000n + BigInt(Math.floor((time?.nanos ?? 0) / 1000));
}

/** The event's time, never further ahead of receipt than allowed, so that a caller with a wrong
 * clock does not win over all later updates. */
function eventTime(event: Instant | undefined, received: Timestamp): Timestamp {
  if (!event) return received;
  const nanos = event.hasFraction ? event.nanos : fractionOf(event.seconds, received);
  const time = timestampOf(event.seconds, nanos);
  const latest = timestampOf(received.seconds + BigInt(EVENT_AHEAD_MAX_SECONDS), received.nanos);
  return compareTimestamps(time, latest) <= 0 ? time : latest;
}

/** The fraction of an event that was sent as a whole second: the time of receipt, clamped into that
 * second. So events of one second are ordered by arrival. */
function fractionOf(second: bigint, received: Timestamp): number {
  if (received.seconds < second) return 0;
  if (received.seconds > second) return 999_999_999;
  return received.nanos;
}

function compare<T extends bigint | number | string>(a: T, b: T): number {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}
