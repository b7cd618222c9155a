// A spooled update as the payload of its row, and back. A row is read again by another process, and
// perhaps by another version: what cannot be understood is a verdict, never an exception.
//
// Where contents are encrypted the whole row is: with the ids of session and user.

import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type SpoolRow, SpoolRowSchema } from '../../gen/cognigy/session/v1/spool_row_pb.ts';
import type { ContentCipher, Place } from '../../session/encryption/content-cipher.ts';
import { type FrameVerdict, readFrame } from '../../session/frame.ts';
import type { BootInstant } from './boot-clock.ts';
import type { RowProblem } from './outcomes.ts';

const FORMAT = 1;
const ENCRYPTED_FORMAT = 2;
const PLACE: Place = ['spool row'];
const UPDATE_ID = /^[A-Za-z0-9_-]{22}$/;

/** An update to be spooled, or only its note in the user's index. */
export type SpoolableUpdate = {
  sessionId: string;
  updateId: string;
  /** The framed delta; empty if the store has it, and only the note is missing. */
  frame: Uint8Array;
  flowId: string;
  userId: string;
  eventMs: number;
  ttlMs: number;
  received: ReceivedMoment;
};

/** When an update was received. */
export type ReceivedMoment = BootInstant & {
  /** For people alone. */
  wallMs: number;
  /** Between which instants that was by the clock of the store's server; undefined if that was not
   * known. */
  byStore: { earliestMs: number; latestMs: number } | undefined;
};

/** What a row says. */
export type ReadRow = { update: SpoolableUpdate; problem?: undefined } | { problem: RowProblem };

/** The payload of a row, encrypted if `contents` has a current key. */
export function rowPayload(update: SpoolableUpdate, contents?: ContentCipher): Uint8Array {
  const payload = plainPayload(update);
  const encrypted = contents?.encrypt(payload, PLACE);
  if (!encrypted) return payload;
  const row = create(SpoolRowSchema, { format: ENCRYPTED_FORMAT, ...encrypted });
  return toBinary(SpoolRowSchema, row);
}

function plainPayload(update: SpoolableUpdate): Uint8Array {
  const { received, eventMs, ttlMs, ...named } = update;
  const { byStore, ...instant } = received;
  const row = create(SpoolRowSchema, {
    ...named,
    format: FORMAT,
    eventMs: BigInt(Math.round(eventMs)),
    ttlMs: BigInt(Math.round(ttlMs)),
    received: {
      ...instant,
      ...(byStore && { storeEarliestMs: byStore.earliestMs, storeLatestMs: byStore.latestMs }),
    },
  });
  return toBinary(SpoolRowSchema, row);
}

/** Reads the payload of a row. Never throws. */
export function readRow(payload: Uint8Array, contents?: ContentCipher): ReadRow {
  const row = rowFrom(payload);
  if (row?.format !== ENCRYPTED_FORMAT) return readPlainRow(row);
  const opened = contents?.open(row, PLACE) ?? 'key_missing';
  return typeof opened === 'string' ? { problem: opened } : readPlainRow(rowFrom(opened));
}

function rowFrom(payload: Uint8Array): SpoolRow | undefined {
  try {
    return fromBinary(SpoolRowSchema, payload);
  } catch {
    return undefined;
  }
}

function readPlainRow(row: SpoolRow | undefined): ReadRow {
  if (row === undefined) return { problem: 'undecodable' };
  if (row.format > FORMAT) return { problem: 'newer_format' };
  const update = updateFrom(row);
  if (update === undefined) return { problem: 'undecodable' };
  const { frame, sessionId } = update;
  if (frame.length > 0 && isDamaged(readFrame(frame, sessionId).verdict))
    return { problem: 'damaged_frame' };
  return { update };
}

function updateFrom(row: SpoolRow): SpoolableUpdate | undefined {
  const { format, sessionId, updateId, frame, flowId, userId, received } = row;
  const isNote = frame.length === 0;
  if (format !== FORMAT || sessionId === '' || !received) return undefined;
  if (!UPDATE_ID.test(updateId)) return undefined;
  const { bootId, monotonicMs, uptimeMs, wallMs, storeEarliestMs, storeLatestMs } = received;
  const [eventMs, ttlMs] = [Number(row.eventMs), Number(row.ttlMs)];
  if (![monotonicMs, uptimeMs, wallMs].every(Number.isFinite)) return undefined;
  if (!isNote && ttlMs <= 0) return undefined;
  const byStore =
    storeEarliestMs !== undefined && storeLatestMs !== undefined
      ? { earliestMs: storeEarliestMs, latestMs: storeLatestMs }
      : undefined;
  const moment = { bootId, monotonicMs, uptimeMs, wallMs, byStore };
  return { sessionId, updateId, frame, flowId, userId, eventMs, ttlMs, received: moment };
}

/** A frame that this version cannot read may be one that the others can. */
function isDamaged(verdict: FrameVerdict): boolean {
  return verdict === 'bad_length' || verdict === 'bad_digest' || verdict === 'wrong_session';
}
