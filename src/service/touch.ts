// Touch: extends the life of a session, without an update. Nothing is read: the time to live is
// that of a flow, and the store answers if the session is of another one. Only the store knows
// whether there is a session, so a touch is never spooled.

import { Refusal } from '../session/errors.ts';
import { checkResolvedId } from '../session/identifier.ts';
import { requestedTtlMs } from '../session/requested-ttl.ts';
import { createTouchId } from '../session/update-id.ts';
import type { TouchResult } from '../store/session-store.ts';
import type { NoteInUserIndex } from './indexing/note-in-user-index.ts';
import type { ServiceParts } from './parts.ts';
import type { SessionReading } from './reading/session-reading.ts';
import type { StoreWithin } from './retrying/retrying-store.ts';
import type { SessionService, TouchCommand } from './session-service.ts';

type Touched = Exclude<TouchResult, { status: 'other-flow' }>;

export function createTouch(
  { store: stores, flows, settings }: ServiceParts,
  {
    noteInUserIndex,
    spooled,
  }: {
    noteInUserIndex: NoteInUserIndex;
    /** Undefined without a spool. */
    spooled: SessionReading | undefined;
  },
): SessionService['touch'] {
  return async function touch(command) {
    const { receipt, sessionId } = command;
    checkResolvedId(sessionId, { pointer: '/sessionId', required: true });
    const store = stores.within(receipt);
    const touched = await touchStored(store, command);
    if (touched.status === 'missing') {
      if (await spooled?.load(store, sessionId)) throw waits();
      return { found: false, isErased: touched.isErased };
    }
    // The session may outlive its entry in the index of its user.
    const named = { receipt, sessionId, userId: '', updateId: createTouchId() };
    const durability = await noteInUserIndex({ ...named, appended: touched });
    if (durability === 'dropped') return { found: false, isErased: true };
    return { found: true, sessionId, ttlMs: touched.remainingMs, durability };
  };

  async function touchStored(store: StoreWithin, command: TouchCommand): Promise<Touched> {
    const { receipt, sessionId, ttlSeconds } = command;
    const requestedMs = requestedTtlMs(ttlSeconds);
    const touch = { sessionId, receivedAtMonotonicMs: receipt.monotonicMs };
    if (requestedMs !== undefined) {
      const result = await store.touch({ ...touch, ttlMs: requestedMs, flowId: undefined });
      if (result.status === 'other-flow') throw new Error('any flow was allowed');
      return result;
    }
    for (let flowId = ''; ; ) {
      const ttlMs = flows.of(flowId)?.ttlMs ?? settings.sessionTtlMs;
      const result = await store.touch({ ...touch, ttlMs, flowId });
      if (result.status !== 'other-flow') return result;
      flowId = result.flowId;
    }
  }
}

function waits(): Refusal {
  return new Refusal(
    'unavailable',
    'updates of the session wait in the spool, and the store does not have it yet; ' +
      'send the request again',
  );
}
