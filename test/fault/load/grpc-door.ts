// The service as other services call it: gRPC.

import { type Client, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import {
  Durability,
  Outcome,
  PersistStatus,
  RefusalInfoSchema,
  SessionService,
} from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import {
  type Answer,
  type Erased,
  lostAnswer,
  type Persisted,
  type Restored,
  refusalFor,
} from './answers.ts';
import type { UpdateBody } from './update-body.ts';
import { GIVE_UP_MS } from './webhook-door.ts';

export type GrpcDoor = {
  persist(body: UpdateBody): Promise<Answer<Persisted>>;
  restore(sessionId: string): Promise<Answer<Restored>>;
  erase(sessionId: string, updateId: string): Promise<Answer<Erased>>;
  lock(request: { sessionId: string; ttlMs: number; waitMs: number }): Promise<Answer<string>>;
  unlock(sessionId: string, token: string): Promise<Answer<unknown>>;
  /** The names of all that is stored of a session, and how it could be read. */
  inspect(sessionId: string): ReturnType<Client<typeof SessionService>['inspect']>;
};

export function createGrpcDoor(baseUrl: string): GrpcDoor {
  const client = createClient(SessionService, createGrpcTransport({ baseUrl }));
  const options = { timeoutMs: GIVE_UP_MS };
  return {
    async persist({ sequence, ...body }) {
      const request = { ...body, ...(sequence && { sequence: BigInt(sequence) }) };
      return answerOf(async () => {
        const answer = await client.persist(request, options);
        return {
          status: answer.status === PersistStatus.DROPPED ? 'dropped' : 'accepted',
          known: answer.known,
          revision: answer.revision,
          etag: answer.etag,
          durability: nameIn(Durability, answer.durability),
        };
      });
    },
    async restore(sessionId) {
      const answer = await answerOf<Restored>(async () => {
        const { session } = await client.restore({ sessionId }, options);
        return (
          session && {
            variables: session.variables ?? {},
            context: session.context ?? {},
            revision: session.revision,
            etag: session.etag,
            outcome: nameIn(Outcome, session.outcome),
          }
        );
      });
      const isMissing = answer.is === 'refused' && answer.reason === 'not_found';
      return isMissing ? { is: 'done', value: undefined } : answer;
    },
    erase: (sessionId, updateId) =>
      answerOf(async () => {
        const { session } = await client.erase({ sessionId, updateId }, options);
        return { durability: nameIn(Durability, session?.durability ?? Durability.UNSPECIFIED) };
      }),
    lock: (request) => answerOf(async () => (await client.lock(request, options)).token),
    unlock: (sessionId, token) => answerOf(() => client.unlock({ sessionId, token }, options)),
    inspect: (sessionId) =>
      client.inspect({ target: { case: 'sessionId', value: sessionId } }, options),
  };
}

async function answerOf<Value>(call: () => Promise<Value>): Promise<Answer<Value>> {
  try {
    return { is: 'done', value: await call() };
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    const [info] = error.findDetails(RefusalInfoSchema);
    return info === undefined ? lostAnswer(error) : refusalFor(info.reason);
  }
}

/** The name of a value, as the webhook answers it. */
function nameIn(values: Readonly<Record<string, number>>, value: number): string {
  const [name = ''] = Object.entries(values).find(([, each]) => each === value) ?? [];
  return name.toLowerCase();
}
