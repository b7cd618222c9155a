// The merged state as callers see it, or the fallback where nothing of it could be read.

import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { SessionState, Update } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import type { FlowState } from '../../session/flow/definition.ts';
import type { KeyValue } from '../../session/json/value.ts';
import type { ServiceParts } from '../parts.ts';
import type { RestoredSession } from '../session-service.ts';
import type { ReadSession } from './read-session.ts';

/** What is answered, never stored, where nothing of a state could be read and the flow's definition
 * has no fallback. */
const FALLBACK: FlowState = {
  variables: [],
  context: [
    { key: 'corruptionDetected', json: '"true"' },
    { key: 'fallback', json: '"true"' },
  ],
};

/** The state of a session that was read, as its flow's definition limits it. */
export function restoredSessionFrom(
  { stored, state, outcome, revision, etag, spooledUpdates = 0 }: ReadSession,
  { settings, flows }: Pick<ServiceParts, 'settings' | 'flows'>,
): RestoredSession {
  const answered =
    outcome === 'fallback'
      ? fallbackState(state.sessionId, stored, flows.of(stored.flowId)?.fallback ?? FALLBACK)
      : mergedState(state);
  const historyMaxEntries = Math.min(
    settings.historyMaxEntries,
    flows.of(answered.flowId)?.historyMaxEntries ?? settings.historyMaxEntries,
  );
  return {
    ...answered,
    history: answered.history.slice(Math.max(0, answered.history.length - historyMaxEntries)),
    ...{ revision, etag, outcome, ttlMs: Math.max(0, stored.expiresAtMs - stored.nowMs) },
    spooledUpdates,
  };
}

type State = Omit<RestoredSession, 'revision' | 'etag' | 'outcome' | 'ttlMs' | 'spooledUpdates'>;

function mergedState({ sessionId, updates, history, lastReceived }: SessionState): State {
  return {
    sessionId,
    userId: userIdOf({ updates }),
    flowId: updates.findLast((update) => update.flowId)?.flowId ?? '',
    variables: inKeyOrder(updates.flatMap((update: Update) => update.variables)),
    context: inKeyOrder(updates.flatMap((update: Update) => update.context)),
    history,
    timestamp: updates.at(-1)?.timestamp ?? '',
    lastUpdated: lastReceived ?? timestampFromMs(0),
  };
}

/** The user named by the latest update that names one; empty if none does. */
export function userIdOf({ updates }: Pick<SessionState, 'updates'>): string {
  return updates.findLast((update) => update.userId)?.userId ?? '';
}

/** Whether a session in a user's index may belong to the user: its state names the user, or names
 * nobody because a part of it cannot be read. */
export function mayBeOf({ outcome, state }: ReadSession, userId: string): boolean {
  const named = userIdOf(state);
  return named === userId || (named === '' && outcome !== 'intact');
}

function fallbackState(
  sessionId: string,
  { flowId, nowMs }: ReadSession['stored'],
  { variables, context }: FlowState,
): State {
  return {
    sessionId,
    userId: '',
    flowId,
    variables: [...variables],
    context: [...context],
    history: [],
    timestamp: new Date(nowMs).toISOString(),
    lastUpdated: timestampFromMs(nowMs),
  };
}

/** Those of one update are in order already. */
function inKeyOrder(entries: KeyValue[]): KeyValue[] {
  const isSorted = entries.every(
    ({ key }, place) => place === 0 || (entries[place - 1]?.key ?? '') < key,
  );
  return isSorted ? entries : entries.sort((a, b) => (a.key < b.key ? -1 : 1));
}
