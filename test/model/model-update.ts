import type { PostedUpdate } from '../../src/session/session-update.ts';
import { createSessionUpdate } from '../support/session-update.ts';

/** An update as a caller posts it, with what only the test knows of it. */
export type ModelUpdate = {
  sessionId: string;
  userId: string;
  flowId: string;
  variables: { key: string; json: string }[];
  context: { key: string; json: string }[];
  removedVariables: string[];
  removedContext: string[];
  replace: string[];
  history: { nodeId: string; timestamp: string }[];
  updateId: string;
  inputId: string;
  sequence: bigint;
  /** Unix seconds of the event; undefined if no timestamp is sent. */
  eventSecond: number | undefined;
  /** Milliseconds below the second, if digits of them are sent. */
  eventMs: number | undefined;
  /** How long the session lives after it, if it says so, and whether exactly. */
  ttlSeconds: number | undefined;
  ttlMode: string;
};

/** What is sent of an update. */
export function postedFrom({ eventSecond, eventMs, ...posted }: ModelUpdate): PostedUpdate {
  return { ...posted, timestamp: timestampOf({ eventSecond, eventMs }) };
}

/** The timestamp of an update, as it is sent. */
export function timestampOf({
  eventSecond,
  eventMs,
}: Pick<ModelUpdate, 'eventSecond' | 'eventMs'>): string {
  if (eventSecond === undefined) return '';
  if (eventMs === undefined) return String(eventSecond);
  return new Date(eventSecond * 1000 + eventMs).toISOString();
}

/** What an update says, times apart; nothing of one whose id is made from all that. */
export function contentOf({ updateId, userId, flowId, ...update }: ModelUpdate): string {
  if (updateId === '') return '';
  const { variables, context, removedVariables, removedContext, replace, history } = update;
  const nodes = history.map(({ nodeId }) => nodeId);
  return JSON.stringify([
    userId,
    flowId,
    variables,
    context,
    removedVariables,
    removedContext,
    replace,
    nodes,
  ]);
}

/** The id under which an update is known. */
export function idOf(update: ModelUpdate): string {
  return createSessionUpdate(postedFrom(update), 0n).updateId;
}
