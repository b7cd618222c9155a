// A session service that keeps sessions in memory: enough of one for what the transport does with it.

import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { HistoryStepSchema, StampSchema } from '../../../src/gen/cognigy/session/v1/session_state_pb.ts';
import type {
  PersistCommand,
  RestoredSession,
  SessionService,
} from '../../../src/service/session-service.ts';

export type MemorySessionService = SessionService & {
  commands: PersistCommand[];
  /** What the next calls wait for, and may fail of. */
  before: () => Promise<void>;
};

export function createMemorySessionService(): MemorySessionService {
  const sessions = new Map<string, RestoredSession>();
  const service: MemorySessionService = {
    commands: [],
    before: async () => {},
    async persist(command) {
      await service.before();
      service.commands.push(command);
      const { sessionId, userId, flowId, variables, context, timestamp } = command;
      const revision = (sessions.get(sessionId)?.revision ?? 0) + 1;
      const etag = revision.toString(16).padStart(20, '0');
      sessions.set(sessionId, {
        ...{ sessionId, userId, flowId, variables, context, timestamp, revision, etag },
        history: command.history.map((step) => create(HistoryStepSchema, step)),
        lastUpdated: timestampFromMs(1_718_445_780_123),
        outcome: 'intact',
        ttlMs: 86_400_000,
      });
      return { sessionId, status: 'accepted', revision, etag, durability: 'stored', known: false };
    },
    async restore({ sessionId, userId }) {
      await service.before();
      return (
        sessions.get(sessionId) ??
        [...sessions.values()].find((session) => userId && session.userId === userId)
      );
    },
    async inspect({ sessionId }) {
      const state = sessions.get(sessionId);
      if (!state) return undefined;
      const { revision, etag } = state;
      const frame = {
        ...({ name: 'AAAAAAAAAAAAAAAAAAAAAA', kind: 'delta', revision, etag, sizeBytes: 99 } as const),
        ...{ updates: 1, variables: ['a'], context: ['b'], removedVariables: ['c'], removedContext: ['d'] },
        historySteps: 2,
      };
      return {
        ...{ state, logId: '0123456789ab', incarnation: 'f00d', createdAtMs: 1_000, expiresAtMs: 2_000 },
        ...{ snapshotBytes: 0, deltaBytes: 129 },
        frames: [
          { ...frame, verdict: 'sound', stamp: create(StampSchema, { sequence: 7n }) },
          { ...frame, verdict: 'bad_digest', stamp: undefined },
        ],
      };
    },
    async inspectUser({ userId }) {
      const ofUser = [...sessions.values()].filter((session) => session.userId === userId);
      return ofUser.map(({ sessionId, revision, ttlMs }) => ({
        ...{ sessionId, revision, ttlMs, lastEventMs: 1_718_445_780_000 },
      }));
    },
  };
  return service;
}
