// An inspected session as the webhook answers it: what is stored, with the state. Bytes are
// answered, in base64, only where they were asked for: what could not be read may still show what a session
// holds.

import { toJson } from '@bufbuild/protobuf';
import { type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';
import type { Stamp } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import type {
  FrameInspection,
  QuarantineInspection,
  SessionInspection,
} from '../../service/session-service.ts';

/** The members that an inspection adds to those of its state. */
export function inspectionMembers(
  inspection: SessionInspection,
  { includeRaw }: { includeRaw: boolean },
): Record<string, unknown> {
  const { logId, incarnation, snapshotBytes, deltaBytes, oldestRevision, tombstone } = inspection;
  return {
    logId,
    incarnation,
    createdAt: instantJson(inspection.createdAtMs),
    expiresAt: instantJson(inspection.expiresAtMs),
    oldestRevision,
    lockedUntil: instantJson(inspection.lockedUntilMs),
    tombstone: tombstoneJson(tombstone),
    snapshotBytes,
    deltaBytes,
    rememberedRemovals: inspection.rememberedRemovals,
    isWhole: inspection.isWhole,
    damagedFields: inspection.damagedFields,
    unknownFields: inspection.unknownFields,
    frames: inspection.frames.map((frame) => frameJson(frame, includeRaw)),
    quarantine: inspection.quarantine.map((frame) => quarantinedJson(frame, includeRaw)),
  };
}

function frameJson({ rawBytes, stamp, ...frame }: FrameInspection, includeRaw: boolean) {
  return { ...frame, stamp: stampJson(stamp), ...rawJson(rawBytes, includeRaw) };
}

/** A frame in quarantine, with its bytes if they are asked for. */
export function quarantinedJson(
  { rawBytes, quarantinedAtMs, expiresAtMs, ...frame }: QuarantineInspection,
  includeRaw: boolean,
) {
  return {
    ...frame,
    quarantinedAt: instantJson(quarantinedAtMs),
    expiresAt: instantJson(expiresAtMs),
    ...rawJson(rawBytes, includeRaw),
  };
}

/** A tombstone; null if there is none. */
export function tombstoneJson(tombstone: SessionInspection['tombstone']) {
  if (!tombstone) return null;
  const { instantMs, expiresAtMs } = tombstone;
  return { erasedAt: instantJson(instantMs), expiresAt: instantJson(expiresAtMs) };
}

function rawJson(bytes: Uint8Array | undefined, includeRaw: boolean): { raw?: string } {
  return includeRaw && bytes ? { raw: bytes.toBase64() } : {};
}

function stampJson(stamp: Stamp | undefined) {
  if (!stamp) return null;
  const { event, sequence, received, updateId } = stamp;
  return {
    event: timeJson(event),
    sequence: Number(sequence),
    received: timeJson(received),
    updateId,
  };
}

function timeJson(time: Timestamp | undefined): string | null {
  return time ? toJson(TimestampSchema, time) : null;
}

/** An instant; null if there is none. */
export function instantJson(unixMs: number | undefined): string | null {
  return unixMs === undefined ? null : new Date(unixMs).toISOString();
}
