// Every unary method by every wire: calls that are answered, and calls that the method refuses.

import type { DescMethod, MessageInitShape } from '@bufbuild/protobuf';
import { SessionService } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { Health } from '../../../src/gen/grpc/health/v1/health_pb.ts';
import { type PlainCall, WIRES } from '../wires.ts';
import type { Case } from './case.ts';

const { persist, restore, touch, inspect, erase, eraseUser, lock, unlock } = SessionService.method;

function plain<Method extends DescMethod>(
  method: Method,
  request: MessageInitShape<Method['input']>,
): PlainCall {
  return { method, request: request as never };
}

const CALLS: Record<string, PlainCall> = {
  'Persist, little': plain(persist, { sessionId: 'session-2' }),
  'Persist, everything': plain(persist, {
    ...{ sessionId: 'session-1', userId: 'user-1', flowId: 'checkout', updateId: 'u'.repeat(22) },
    variables: JSON.parse(
      '{"__proto__":{"a":1},"":[],"n":-5e-324,"t":"\\u0000 漢 \\u2028","l":[[{}]]}',
    ),
    context: { large: 9007199254740991, yes: true, no: null },
    removedVariables: ['gone'],
    removedContext: ['gone', 'a.b'],
    history: [{ nodeId: 'node-2', timestamp: '2026-01-02T03:04:05Z' }, { nodeId: 'node-3' }],
    ...{ timestamp: '1767323045', inputId: 'input-1', sequence: 7n },
  }),
  'Persist refused by rules': plain(persist, { sessionId: '', history: [{ nodeId: '' }] }),
  'Persist that replaces': plain(persist, {
    ...{ sessionId: 'session-1', variables: {}, context: { a: 1 }, timestamp: '1767323045' },
    ...{ replace: ['context', 'variables'], ttl: 60, ttlMode: 'exact' },
  }),
  'Persist that replaces a history': plain(persist, {
    ...{ sessionId: 'session-1', replace: ['history'], timestamp: '1767323045' },
  }),
  'Persist for no time': plain(persist, { sessionId: 'session-1', ttl: 0, ttlMode: 'x' }),
  'Persist refused by a lock': plain(persist, { sessionId: 'locked-1' }),
  'Persist refused by an etag': plain(persist, { sessionId: 'session-1', ifMatch: 'f'.repeat(20) }),
  'Persist of an erased update': plain(persist, { sessionId: 'session-1', updateId: 'erased' }),
  Restore: plain(restore, { sessionId: 'session-1' }),
  'Restore by user': plain(restore, { userId: 'user-1' }),
  'Restore of what is missing': plain(restore, { sessionId: 'missing' }),
  'Restore refused by rules': plain(restore, {}),
  Touch: plain(touch, { sessionId: 'session-1', ttl: 90_000 }),
  'Touch for as long as its flow says': plain(touch, { sessionId: 'session-1' }),
  'Touch of what is missing': plain(touch, { sessionId: 'missing' }),
  'Touch of what was erased': plain(touch, { sessionId: 'erased' }),
  'Touch refused by rules': plain(touch, { sessionId: '', ttl: 0 }),
  'Inspect a session': plain(inspect, {
    target: { case: 'sessionId', value: 'session-1' },
    includeRaw: true,
  }),
  'Inspect a user': plain(inspect, { target: { case: 'userId', value: 'user-1' } }),
  'Inspect what is missing': plain(inspect, { target: { case: 'sessionId', value: 'missing' } }),
  Erase: plain(erase, { sessionId: 'session-1' }),
  EraseUser: plain(eraseUser, { userId: 'user-1' }),
  Lock: plain(lock, { sessionId: 'session-1', ttlMs: 5000, waitMs: 0 }),
  'Lock that is held': plain(lock, { sessionId: 'locked-1', ttlMs: 5000, waitMs: 0 }),
  Unlock: plain(unlock, { sessionId: 'locked-1', token: 'token-of-22-characters' }),
  'Unlock what is not held': plain(unlock, { sessionId: 'session-1', token: 'x'.repeat(22) }),
  'health Check': plain(Health.method.check, { service: '' }),
  'health Check of what is unknown': plain(Health.method.check, { service: 'other' }),
  'health List': plain(Health.method.list, {}),
};

export const METHOD_CASES: readonly Case[] = WIRES.flatMap((wire) =>
  Object.entries(CALLS).map(([what, call]) => ({
    name: `${wire.name}: ${what}`,
    method: call.method,
    call: wire.call(call),
  })),
);
