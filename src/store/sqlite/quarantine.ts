// Moving frames into quarantine and out of it. A frame is compared, byte by byte, with the value that
// the caller saw: one that has changed since stays where it is. A frame in quarantine is replaced by
// a newer one of its name: if that one stayed in the session, its update could not be stored again. A
// frame that is already where it should be counts as moved, so that a repetition is answered in the
// same way.

import type { QuarantineMoves } from '../session-store.ts';
import { findSession } from './found-session.ts';
import type { Tables } from './tables.ts';

/** Makes the moves that can be made, inside the caller's write transaction; answers the names of the
 * frames that were moved. The byte counts are updated, unless the metadata is damaged: the append
 * that repairs it counts again. */
export function moveFrames(tables: Tables, request: QuarantineMoves, nowMs: number): string[] {
  const { sessions, quarantine } = tables;
  const { sessionId, ttlMs, quarantineMaxBytes } = request;
  const { state } = findSession(sessions, sessionId, nowMs);

  const frameOf = (name: string) =>
    state === 'none' ? undefined : sessions.value(sessionId, name);
  const takenOf = (name: string) => quarantine.value(sessionId, name, nowMs);
  const fits = (value: Uint8Array, taken: Uint8Array = Buffer.alloc(0)) =>
    quarantine.measure(sessionId, nowMs).bytes - taken.length + value.length <= quarantineMaxBytes;

  const moves = {
    quarantine(name: string, value: Uint8Array): boolean {
      const [frame, taken] = [frameOf(name), takenOf(name)];
      if (frame === undefined) return isSame(taken, value);
      if (!isSame(frame, value)) return false;
      if (!isSame(taken, value)) {
        if (!fits(value, taken)) return false;
        quarantine.put(sessionId, { name, value }, { nowMs, ttlMs });
      }
      sessions.removeFrame(sessionId, name);
      return true;
    },
    release(name: string, value: Uint8Array): boolean {
      const [frame, taken] = [frameOf(name), takenOf(name)];
      if (taken === undefined) return isSame(frame, value);
      if (state === 'none' || frame !== undefined || !isSame(taken, value)) return false;
      sessions.addFrame(sessionId, name, value);
      quarantine.remove(sessionId, name);
      return true;
    },
    discard(name: string, value: Uint8Array): boolean {
      const taken = takenOf(name);
      if (taken !== undefined && !isSame(taken, value)) return false;
      quarantine.remove(sessionId, name);
      return true;
    },
  };

  const done = request.moves.filter(({ move, name, value }) => moves[move](name, value));
  if (state === 'live') sessions.putBytes(sessionId);
  return done.map(({ name }) => name);
}

function isSame(found: Uint8Array | undefined, seen: Uint8Array): boolean {
  return found !== undefined && Buffer.compare(found, seen) === 0;
}
