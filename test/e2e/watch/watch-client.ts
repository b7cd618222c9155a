// A caller of Watch by grpc-js, which collects what it is sent.

import type { MessageShape } from '@bufbuild/protobuf';
import type { ServiceError } from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import { SessionService } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import type { RunningApp } from '../../support/running-app.ts';
import { until } from '../../support/until.ts';
import { codec, connectTo, headOf } from '../../transport/rpc/grpc-js-client.ts';

const { watch } = SessionService.method;

export type WatchEvent = MessageShape<typeof watch.output>;
export type WatchTarget = {
  target: { case: 'sessionId' | 'userId'; value: string };
  resumeFrom?: { sessionId: string; revision: number; etag: string }[];
  heartbeatMs?: number;
};

export type Watched = {
  events: WatchEvent[];
  /** Resolves with how the call ended. */
  ended: Promise<ServiceError>;
  /** Waits until an event of that kind, after those that were waited for before, and returns it. */
  next(kind: WatchEvent['event']['case']): Promise<WatchEvent>;
  /** Revisions of the updates so far. */
  revisions(): number[];
  /** Position after the last update or reset, to resume from. */
  position(): { sessionId: string; revision: number; etag: string };
  /** Stops reading, or reads on. */
  pause(): void;
  resume(): void;
  cancel(): void;
};

/** Watches through a sidecar until the test ends. */
export function watchBy(
  app: RunningApp,
  request: WatchTarget,
  head: { token?: string; deadline?: number } = {},
): Watched {
  const client = connectTo(app.rpc.slice('http://'.length));
  const { path, serialize, deserialize } = codec(watch);
  const { metadata, options } = headOf(head);
  const stream = client.makeServerStreamRequest(
    path,
    serialize,
    deserialize,
    request,
    metadata,
    options,
  );
  onTestFinished(() => stream.cancel());
  const events: WatchEvent[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<ServiceError>();
  stream.on('data', (event: WatchEvent) => events.push(event));
  stream.on('error', (error) => resolve(error as ServiceError));
  let taken = 0;
  return {
    events,
    ended,
    async next(kind) {
      const place = await until(`an event ${kind}`, () => {
        const found = events.findIndex(({ event }, at) => at >= taken && event.case === kind);
        return found < 0 ? undefined : found;
      });
      taken = place + 1;
      return events[place] as WatchEvent;
    },
    revisions: () =>
      events.flatMap(({ event }) => (event.case === 'update' ? [event.value.revision] : [])),
    position() {
      const last = events.findLast(
        ({ event }) => event.case === 'update' || event.case === 'reset',
      );
      const { revision = 0, etag = '' } = (last?.event.value ?? {}) as {
        revision?: number;
        etag?: string;
      };
      return { sessionId: last?.sessionId ?? '', revision, etag };
    },
    pause: () => stream.pause(),
    resume: () => stream.resume(),
    cancel: () => stream.cancel(),
  };
}

/** Names a session to watch. */
export function sessionOf(sessionId: string): WatchTarget {
  return { target: { case: 'sessionId', value: sessionId } };
}

/** Names a user to watch. */
export function userOf(userId: string): WatchTarget {
  return { target: { case: 'userId', value: userId } };
}
