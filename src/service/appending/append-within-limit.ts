// Appending to a session that may be full. The limit is on what a session holds, since a flow must
// be able to read it back; what is stored may be more for a while, because a value that replaces
// another stands beside it until they are folded, and so do removed keys that are remembered. So a
// session that looks full is folded, and forgets removals if need be; if that makes no room, the
// update is folded in, in memory, and decides by what the session would then show: an update that
// replaces a large value always fits, and so does one that makes a session smaller that already
// holds too much (a crowd, or a limit that was lowered).

import type { SessionState } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import { Refusal } from '../../session/errors.ts';
import type { Append, AppendResult } from '../../store/session-store.ts';
import { STORED_HEAD_BYTES } from '../../store/stored-head.ts';
import type { Compactor } from '../compacting/compactor.ts';
import { removalsMaxBytesOf, visibleBytes } from '../compacting/snapshot-frame.ts';
import type { ServiceParts } from '../parts.ts';
import { loadSession } from '../reading/read-session.ts';
import type { Receipt } from '../session-service.ts';
import { type LostAttempts, untilDeadline } from '../until-deadline.ts';

/** What becomes of an append that is not too large. */
export type Fitting = Exclude<AppendResult, { status: 'needs-fold' }>;

/** What to do about an update that may have been stored or not. */
const SEND_AGAIN =
  'send the update again: one with an updateId, inputId or execution is recognised if it was stored';

/** An update on its way into the store; its frame holds `delta`. */
export type AppendedUpdate = Omit<Append, 'sessionMaxBytes'> & {
  delta: SessionState;
  receipt: Receipt;
  lost: LostAttempts;
};

/** The refusal (`too_large`) of an update that no session has room for, whatever else it holds. */
export function tooLargeAlone(frame: Uint8Array, sessionMaxBytes: number): Refusal | undefined {
  const bytes = STORED_HEAD_BYTES + frame.length;
  if (bytes <= sessionMaxBytes) return undefined;
  return new Refusal(
    'too_large',
    `the update alone takes ${bytes} bytes, a session holds at most ${sessionMaxBytes} (SESSION_MAX_BYTES)`,
  );
}

/**
 * Appends an update. Refuses (`too_large`) if the session would hold too much; where the time runs
 * out `unavailable`, or, if the update has a condition, `outcome_unknown`: sent again it may meet
 * another session.
 */
export async function appendWithinLimit(
  parts: ServiceParts,
  compactor: Compactor,
  update: AppendedUpdate,
): Promise<Fitting> {
  const { store, settings, patience } = parts;
  const { delta, receipt, lost, ...append } = update;
  const { sessionMaxBytes } = settings;
  const isConditional = append.lockToken !== '' || append.ifMatch !== '';
  const late = isConditional
    ? ({ late: 'outcome_unknown' } as const)
    : ({ late: 'unavailable', advice: SEND_AGAIN } as const);
  const upTo = (storedMaxBytes: number) =>
    untilDeadline(
      (limits) => store.append({ ...append, sessionMaxBytes: storedMaxBytes }, limits),
      {
        ...{ receipt, patience, lost },
        ...late,
        isRefusal: ({ status }) => status !== 'stored' && status !== 'known',
      },
    );

  const first = await upTo(sessionMaxBytes);
  if (first.status !== 'needs-fold') return first;
  const room = { roomForBytes: STORED_HEAD_BYTES + append.frame.length };
  await untilDeadline(() => compactor.compact(append.sessionId, room), {
    receipt,
    patience,
    advice: SEND_AGAIN,
  });
  const second = await upTo(sessionMaxBytes);
  if (second.status !== 'needs-fold') return second;
  const { holds, wouldHold } = await foldedBytes();
  if (wouldHold > sessionMaxBytes && wouldHold >= holds) throw tooLarge(wouldHold, sessionMaxBytes);
  // What it replaces is as large as it is, at most; more than both together, and the removals that
  // are remembered beside them, is damage or a crowd.
  const third = await upTo(
    2 * Math.max(sessionMaxBytes, holds) + removalsMaxBytesOf(sessionMaxBytes),
  );
  if (third.status !== 'needs-fold') return third;
  throw tooLarge(third.snapshotBytes + third.deltaBytes, sessionMaxBytes);

  /** Bytes that the session holds, and would hold with this update, folded. */
  async function foldedBytes(): Promise<{ holds: number; wouldHold: number }> {
    const { sessionId } = append;
    const state = (await loadSession(parts, { receipt, sessionId }))?.state;
    return {
      holds: state ? visibleBytes(sessionId, [state]) : 0,
      wouldHold: visibleBytes(sessionId, state ? [state, delta] : [delta]),
    };
  }
}

function tooLarge(bytes: number, sessionMaxBytes: number): Refusal {
  return new Refusal(
    'too_large',
    `with this update the session would hold ${bytes} bytes, the most is ${sessionMaxBytes} (SESSION_MAX_BYTES)`,
  );
}
