// The cases: which requests are sent to which server. All persists have similar bodies of about 1
// kB, except among many sessions, where each session gets several updates and none of them may
// trigger a compaction.

import { fromJson, toBinary } from '@bufbuild/protobuf';
import { PersistRequestSchema } from '../src/gen/cognigy/session/v1/session_service_pb.ts';
import type { RedisServer } from '../test/support/redis-server.ts';
import { saveBody } from './conversation/turns.ts';
import { SESSION_MARK, slotBody, stateBody, turnBody } from './example-update.ts';
import { framed } from './load/framed.ts';
import type { LoadProcess } from './load/load.ts';
import { type RoundLoad, restore, type Sessions, save, webhookLoad } from './load/webhook-load.ts';
import { type Case, each } from './rounds.ts';
import type { ServerProcess, ServiceProcess } from './servers/start.ts';

/** A Redis with the service on it. */
export type Place = { redis: RedisServer; service: ServiceProcess };

export type Places = {
  main: Place;
  /** With FEW_SESSIONS live sessions. */
  few: Place;
  /** With a large number of live sessions. */
  many: Place;
};

const PERSIST_PATH = '/cognigy.session.v1.SessionService/Persist';
const FEW_SESSIONS = 1000;
const WARM_UP_SESSIONS = 100_000;
/** More sessions than there are requests, so that each request begins one. The numbers of other
 * cases are higher. */
const EVER_NEW: Sessions = { firstSession: 0, sessions: 1_000_000_000 };
const TALKING: Sessions = { firstSession: 2_000_000_000, sessions: 100 };
const OF_20_KB: Sessions = { firstSession: 2_100_000_000, sessions: 100 };
const OF_15_SAVES: Sessions = { firstSession: 2_150_000_000, sessions: 100 };
const RESTORED: Sessions = { firstSession: 2_200_000_000, sessions: 100 };
/** So few sessions that each is compacted in every round, the large ones too. Each has one update
 * in flight. */
const OF_1_KB: Sessions = { firstSession: 2_300_000_000, sessions: 4 };
const OF_256_KB: Sessions = { firstSession: 2_400_000_000, sessions: 4 };

/** Creates the sessions that the cases use, `manySessions` of them in `many`, and returns the
 * cases. */
export async function prepareCases(
  { main, few, many }: Places,
  options: {
    floor: ServerProcess;
    grpcFloor: ServerProcess;
    grpcJs: ServerProcess;
    manySessions: number;
    loadProcess: LoadProcess;
  },
) {
  const { floor, grpcFloor, grpcJs, manySessions, loadProcess } = options;
  const amongFew = { firstSession: 0, sessions: FEW_SESSIONS };
  const amongMany = { firstSession: 0, sessions: manySessions };
  const fill = async ({ service }: Place, body: object, sessions: Sessions) =>
    loadProcess.run({
      ...saves(service, body, sessions),
      firstRequest: 0,
      requests: sessions.sessions,
    });

  await fill(main, turnBody(), RESTORED);
  await fill(main, stateBody(SESSION_MARK, 20_000), OF_20_KB);
  for (let turn = 0; turn < 15; turn++) await fill(main, saveBody(turn, 1000), OF_15_SAVES);
  await fill(main, turnBody(), OF_1_KB);
  await fill(main, stateBody(SESSION_MARK, 256_000), OF_256_KB);
  await fill(many, turnBody(), amongMany);
  // So the service of `few` has done the same work, and its code is compiled too.
  await fill(few, turnBody(), { ...amongMany, sessions: Math.min(manySessions, WARM_UP_SESSIONS) });

  const { service: server, redis } = main;
  return {
    floor: { server: floor, work: each(saves(floor, turnBody(), EVER_NEW)) },
    grpcFloor: { server: grpcFloor, work: each(grpcPersist(grpcFloor.port, JSON_IN_GRPC)) },
    grpcJs: { server: grpcJs, work: each(grpcPersist(grpcJs.port)) },
    webhookPersist: singleRequests(server, saves(server, turnBody(), EVER_NEW)),
    talkingPersist: {
      server,
      work: each(saves(server, turnBody({ userId: 'user-1001' }), TALKING)),
    },
    grpcPersist: { server, work: each(grpcPersist(server.rpcPort)) },
    connectPersist: { server, work: each(connectPersist(server)) },
    restoreOf1Kb: singleRequests(server, webhookLoad(server.port, restore(), RESTORED)),
    restoreOf20Kb: { server, work: each(webhookLoad(server.port, restore(), OF_20_KB)) },
    restoreOf15Saves: { server, work: each(webhookLoad(server.port, restore(), OF_15_SAVES)) },
    persistInto1Kb: {
      server,
      redis: [redis],
      work: each(oneByOne(saves(server, turnBody(), OF_1_KB))),
    },
    persistInto256Kb: {
      server,
      redis: [redis],
      work: each(oneByOne(saves(server, turnBody(), OF_256_KB))),
    },
    persistAmongFew: {
      server: few.service,
      redis: [few.redis],
      work: each(saves(few.service, slotBody(), amongFew)),
      // Otherwise these sessions would be compacted sooner or later, and those of `many` would not.
      prepare: async () => {
        await few.redis.client.flushall();
        await fill(few, turnBody(), amongFew);
      },
    },
    persistAmongMany: {
      server: many.service,
      redis: [many.redis],
      work: each(saves(many.service, slotBody(), amongMany)),
    },
  } satisfies Record<string, Case>;
}

/** A case whose load is used for other measurements, too. */
function singleRequests(server: ServerProcess, load: RoundLoad) {
  return { server, load, work: each(load) };
}

/** Limits the requests in flight to the number of sessions. */
function oneByOne(load: RoundLoad): RoundLoad {
  return { ...load, inFlight: load.sessions };
}

function saves({ port }: ServerProcess, body: object, sessions: Sessions): RoundLoad {
  return webhookLoad(port, save(body), sessions);
}

/** What a gRPC client sends: a message of protobuf, in an envelope. */
const PROTO_IN_GRPC = {
  contentType: 'application/grpc',
  message: toBinary(PersistRequestSchema, fromJson(PersistRequestSchema, turnBody())),
};
/** The same update as the floor reads it: what it parses is no larger than over HTTP/1.1. */
const JSON_IN_GRPC = {
  contentType: 'application/grpc+json',
  message: Buffer.from(JSON.stringify(turnBody())),
};

function grpcPersist(port: number, { contentType, message } = PROTO_IN_GRPC): RoundLoad {
  const persist = { path: PERSIST_PATH, body: framed(message), answerHolds: '' };
  return {
    ...webhookLoad(port, persist, EVER_NEW),
    protocol: 'http2',
    headers: { 'content-type': contentType, te: 'trailers' },
  };
}

/** Connect's form over HTTP/1.1: the body is JSON alone. */
function connectPersist({ rpcPort }: ServiceProcess): RoundLoad {
  return webhookLoad(rpcPort, save(turnBody(), PERSIST_PATH), EVER_NEW);
}
