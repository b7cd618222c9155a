// One posted update: checked, identified and stamped; and then, after validation by its flow's
// definition, the delta that will be framed and appended.

import {
  Codec,
  type Entry,
  type SessionState,
  SessionStateSchema,
  type Stamp,
  type Update,
  UpdateSchema,
} from '../gen/cognigy/session/v1/session_state_pb.ts';
import { contentTag } from './content-tag.ts';
import { invalid } from './errors.ts';
import type { PostedParts } from './flow/definition.ts';
import { formatFor } from './format.ts';
import { createHistory } from './history.ts';
import { checkResolvedId } from './identifier.ts';
import type { KeyValue } from './json/value.ts';
import { SEQUENCE_MAX, TIMESTAMP_MAX_LENGTH } from './limits.ts';
import { type IgnoredStep, type PostedStep, type Step, usableSteps } from './posted-steps.ts';
import { checkReplacedParts } from './replaced-parts.ts';
import type { RequestedTtl } from './requested-ttl.ts';
import { createStamp, eventMsOf } from './stamp.ts';
import { StoredEntry } from './stored-entry.ts';
import { type Instant, parseTimestamp } from './timestamp.ts';
import { createUpdateId, hasIdentity, type UpdateIdKeys } from './update-id.ts';

const NO_BYTES = new Uint8Array();

/** An update as its caller sent it. Empty texts and lists mean "not sent". */
export type PostedUpdate = {
  sessionId: string;
  userId: string;
  flowId: string;
  /** Undefined where they were not sent at all. */
  variables: KeyValue[] | undefined;
  context: KeyValue[] | undefined;
  removedVariables: string[];
  removedContext: string[];
  /** The parts that it replaces: `variables`, `context`. */
  replace: string[];
  history: PostedStep[];
  /** RFC 3339, unix seconds or unix milliseconds. */
  timestamp: string;
  updateId: string;
  inputId: string;
  /** 0 if none. */
  sequence: bigint;
} & RequestedTtl;

/** A posted update that was checked, together with its identity. */
export type IdentifiedUpdate = {
  posted: PostedUpdate;
  updateId: string;
  /** Whether the same post again counts as the same update. */
  isRepeatable: boolean;
  /** Set if the caller gave the update an id; otherwise empty. */
  contentTag: Uint8Array;
  stamp: Stamp;
  eventMs: number;
  /** As sent; the time of receipt if none was. */
  timestamp: string;
  receivedMs: number;
  steps: Step[];
  ignoredSteps: IgnoredStep[];
};

/**
 * Identifies and stamps an update received at `receivedMicros` (unix). Refuses (`invalid`) what
 * cannot be stored. The identity depends only on what was posted, so a repetition is the same
 * update even if the flow's definition has changed. `updateIdKeys`: given where contents are
 * encrypted.
 */
export function identifyUpdate(
  posted: PostedUpdate,
  receivedMicros: bigint,
  updateIdKeys?: UpdateIdKeys,
): IdentifiedUpdate {
  checkIds(posted);
  checkReplacedParts(posted);
  const event = instantAt('/timestamp', posted.timestamp);
  const { steps, ignored } = usableSteps(posted.history);
  const { sequence } = posted;
  const { sessionId, inputId, timestamp } = posted;
  const content = () => contentOf(posted, steps);
  const named = { sessionId, updateId: posted.updateId, inputId, sequence, timestamp, content };
  const updateId = createUpdateId(named, updateIdKeys);
  const stamp = createStamp(event, { receivedMicros, sequence, updateId });
  const receivedMs = Number(receivedMicros / 1000n);
  return {
    posted,
    updateId,
    stamp,
    receivedMs,
    steps,
    isRepeatable: hasIdentity(posted),
    contentTag: posted.updateId ? contentTag({ ...posted, nodeIds: nodeIdsOf(steps) }) : NO_BYTES,
    eventMs: eventMsOf(stamp),
    timestamp: posted.timestamp || new Date(receivedMs).toISOString(),
    ignoredSteps: ignored,
  };
}

/** The delta of an update, with its variables and context after validation. `create` would take as
 * long for these messages as reading the update took. */
export function createDelta(
  { posted, contentTag, stamp, timestamp, receivedMs, steps }: IdentifiedUpdate,
  { variables = [], context = [] }: PostedParts,
): SessionState {
  const update: Update = {
    $typeName: UpdateSchema.typeName,
    stamp,
    timestamp,
    userId: posted.userId,
    flowId: posted.flowId,
    variables: variables.map(entryOf),
    context: context.map(entryOf),
    removedVariables: distinctSorted(posted.removedVariables),
    removedContext: distinctSorted(posted.removedContext),
    contentTag,
    replacesVariables: posted.replace.includes('variables'),
    replacesContext: posted.replace.includes('context'),
  };
  const updates = [update];
  return {
    $typeName: SessionStateSchema.typeName,
    format: formatFor(updates),
    codec: Codec.UNSPECIFIED,
    keyId: '',
    sealed: NO_BYTES,
    sessionId: posted.sessionId,
    updates,
    history: createHistory(steps, { updateTimestamp: timestamp, receivedMs }),
  };
}

function entryOf(posted: KeyValue): Entry {
  if (posted instanceof StoredEntry) return posted;
  return { $typeName: 'cognigy.session.v1.Entry', key: posted.key, json: posted.json };
}

/** Everything in an update except its identity, in a fixed order, so that equal updates get the
 * same id however they were sent. */
function contentOf(posted: PostedUpdate, steps: Step[]): unknown {
  const pairs = (entries: KeyValue[] = []) => entries.map(({ key, json }) => [key, json]);
  return [
    posted.userId,
    posted.flowId,
    pairs(posted.variables),
    pairs(posted.context),
    posted.removedVariables,
    posted.removedContext,
    steps.map(({ nodeId, timestamp }) => [nodeId, timestamp]),
    // Only where they say something, so that other updates have the same id in every version.
    ...(posted.replace.length > 0 ? [{ replace: distinctSorted(posted.replace) }] : []),
    ...(posted.ttlSeconds === undefined ? [] : [{ ttl: [posted.ttlSeconds, posted.ttlMode] }]),
  ];
}

function nodeIdsOf(steps: Step[]): string[] {
  return steps.map(({ nodeId }) => nodeId);
}

function distinctSorted(keys: string[]): string[] {
  return keys.length === 0 ? keys : [...new Set(keys)].sort();
}

function checkIds(posted: PostedUpdate): void {
  checkResolvedId(posted.sessionId, { pointer: '/sessionId', required: true });
  checkResolvedId(posted.userId, { pointer: '/userId' });
  checkResolvedId(posted.flowId, { pointer: '/flowId' });
  checkResolvedId(posted.updateId, { pointer: '/updateId' });
  checkResolvedId(posted.inputId, { pointer: '/inputId' });
  for (const pointer of ['/removedVariables', '/removedContext'] as const) {
    const keys = pointer === '/removedVariables' ? posted.removedVariables : posted.removedContext;
    if (!keys.every((key) => key.isWellFormed()))
      throw invalid(pointer, 'a key is not well-formed Unicode');
  }
  if (posted.sequence < 0n || posted.sequence > SEQUENCE_MAX) {
    throw invalid('/sequence', `sequence is ${posted.sequence}, it must be 0 to ${SEQUENCE_MAX}`);
  }
}

/** The instant of a timestamp; undefined for an empty one. */
function instantAt(pointer: string, text: string): Instant | undefined {
  if (text === '') return undefined;
  const instant = text.length <= TIMESTAMP_MAX_LENGTH ? parseTimestamp(text) : undefined;
  if (instant) return instant;
  throw invalid(
    pointer,
    `the timestamp "${text.slice(0, TIMESTAMP_MAX_LENGTH)}" is not RFC 3339 ` +
      '(2024-06-15T10:03:00Z), unix seconds or unix milliseconds, from 1970 on',
  );
}
