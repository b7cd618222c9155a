// The merged state as callers see it, or the fallback where nothing of it could be read.

import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { SessionState, Update } from '../gen/cognigy/session/v1/session_state_pb.ts';
import type { KeyValue } from '../session/json-value.ts';
import type { ReadSession } from './read-session.ts';
import type { RestoredSession } from './session-service.ts';

/** What a caller gets in place of a state of which nothing could be read. It is answered, never stored. */
const FALLBACK_CONTEXT: readonly KeyValue[] = [
  { key: 'corruptionDetected', json: '"true"' },
  { key: 'fallback', json: '"true"' },
];

/** The state of a session that was read; `historyMaxEntries` keeps the newest steps. */
export function restoredSessionFrom(
  { stored, state, outcome }: ReadSession,
  { historyMaxEntries }: { historyMaxEntries: number },
): RestoredSession {
  const { revision, etag, nowMs, expiresAtMs } = stored;
  const found = { revision, etag, outcome, ttlMs: Math.max(0, expiresAtMs - nowMs) };
  if (outcome === 'fallback') return { ...fallbackState(state.sessionId, stored), ...found };
  return { ...mergedState(state, historyMaxEntries), ...found };
}

type State = Omit<RestoredSession, 'revision' | 'etag' | 'outcome' | 'ttlMs'>;

function mergedState(
  { sessionId, updates, history, lastReceived }: SessionState,
  historyMaxEntries: number,
): State {
  return {
    sessionId,
    userId: userIdOf({ updates }),
    flowId: updates.findLast((update) => update.flowId)?.flowId ?? '',
    variables: inKeyOrder(updates.flatMap((update: Update) => update.variables)),
    context: inKeyOrder(updates.flatMap((update: Update) => update.context)),
    history: history.slice(-historyMaxEntries),
    timestamp: updates.at(-1)?.timestamp ?? '',
    lastUpdated: lastReceived ?? timestampFromMs(0),
  };
}

/** The user named by the latest update that names one; empty if none does. */
export function userIdOf({ updates }: Pick<SessionState, 'updates'>): string {
  return updates.findLast((update) => update.userId)?.userId ?? '';
}

function fallbackState(sessionId: string, { flowId, nowMs }: ReadSession['stored']): State {
  return {
    sessionId,
    userId: '',
    flowId,
    variables: [],
    context: [...FALLBACK_CONTEXT],
    history: [],
    timestamp: new Date(nowMs).toISOString(),
    lastUpdated: timestampFromMs(nowMs),
  };
}

function inKeyOrder(entries: KeyValue[]): KeyValue[] {
  return entries.sort((a, b) => (a.key < b.key ? -1 : 1));
}
