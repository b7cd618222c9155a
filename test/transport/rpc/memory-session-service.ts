// A session service that keeps sessions in memory: enough of one for what the transport does with
// it.

import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { HistoryStepSchema } from '../../../src/gen/cognigy/session/v1/session_state_pb.ts';
import type {
  EraseCommand,
  LockCommand,
  PersistCommand,
  RestoredSession,
  RestoreQuery,
  SessionService,
  TouchCommand,
} from '../../../src/service/session-service.ts';
import { Refusal } from '../../../src/session/errors.ts';
import { usableSteps } from '../../../src/session/posted-steps.ts';
import { textsOf } from '../wires/struct-bytes.ts';
import {
  erasedFrom,
  explanationOf,
  exportOf,
  inspectionOf,
  listedFrom,
  timelineOf,
} from './memory-answers.ts';

export type MemorySessionService = SessionService & {
  commands: PersistCommand[];
  locks: LockCommand[];
  erases: EraseCommand[];
  restores: RestoreQuery[];
  touches: TouchCommand[];
  /** What the next calls wait for, and may fail of. */
  before: () => Promise<void>;
};

export function createMemorySessionService(): MemorySessionService {
  const sessions = new Map<string, RestoredSession>();
  const tokens = new Map<string, string>();

  const service: MemorySessionService = {
    commands: [],
    locks: [],
    erases: [],
    restores: [],
    touches: [],
    before: async () => {},
    async persist(command) {
      await service.before();
      service.commands.push(withTexts(command));
      const { sessionId, userId, flowId, timestamp } = command;
      const { variables = [], context = [] } = command;
      checkLock(command);
      checkEtag(command);
      if (command.updateId === 'erased') {
        return {
          sessionId,
          status: 'dropped',
          revision: 0,
          etag: '',
          durability: 'stored',
          known: false,
          superseded: false,
          ignoredSteps: [],
        };
      }
      const revision = (sessions.get(sessionId)?.revision ?? 0) + 1;
      const etag = revision.toString(16).padStart(20, '0');
      sessions.set(sessionId, {
        ...{ sessionId, userId, flowId, variables, context, timestamp, revision, etag },
        history: usableSteps(command.history).steps.map((step) => create(HistoryStepSchema, step)),
        lastUpdated: timestampFromMs(1_718_445_780_123),
        outcome: 'intact',
        ttlMs: 86_400_000,
        spooledUpdates: 0,
      });
      return {
        sessionId,
        status: 'accepted',
        revision,
        etag,
        durability: 'stored',
        known: false,
        superseded: false,
        ignoredSteps: [],
      };
    },
    async restore(query) {
      await service.before();
      service.restores.push(query);
      const { sessionId, userId } = query;
      return sessions.get(sessionId) ?? ofUser(userId)[0];
    },
    async touch(command) {
      await service.before();
      service.touches.push(command);
      const { sessionId, ttlSeconds = 86_400 } = command;
      const session = sessions.get(sessionId);
      if (!session) return { found: false, isErased: sessionId === 'erased' };
      session.ttlMs = Math.max(session.ttlMs, ttlSeconds * 1000);
      return { found: true, sessionId, ttlMs: session.ttlMs, durability: 'replicated' };
    },
    async inspect({ sessionId, revision }) {
      const state = sessions.get(sessionId);
      return state && inspectionOf({ ...state, revision: revision || state.revision });
    },
    async inspectUser({ userId }) {
      const sessions = ofUser(userId).map(({ sessionId, revision, ttlMs, outcome }) => ({
        ...{ sessionId, revision, ttlMs, outcome, lastEventMs: 1_718_445_780_000 },
      }));
      const tombstone = { instantMs: 1_000, expiresAtMs: 2_000 };
      return { sessions, indexEntries: sessions.length + 1, tombstone, isBeingErased: true };
    },
    async listSessions({ filters: { userId }, page }) {
      await service.before();
      const found = [...sessions.values()].filter((one) => !userId || one.userId === userId);
      return listedFrom(found.slice(0, page.size), userId);
    },
    timeline: async ({ sessionId }) =>
      sessions.has(sessionId) ? timelineOf(sessionId) : undefined,
    explain: async ({ sessionId, pointer }) =>
      sessions.has(sessionId) ? explanationOf(sessionId, pointer) : undefined,
    async userSessions({ userId, page }) {
      await service.before();
      return listedFrom(ofUser(userId).slice(0, page.size), userId);
    },
    async *exportUser({ userId }) {
      yield* exportOf(ofUser(userId), userId);
    },
    async lock(command) {
      service.locks.push(command);
      await service.before();
      const { sessionId, token, ttlMs } = command;
      const held = tokens.get(sessionId);
      if (token && held !== token) throw lockLost();
      if (!token && held) throw locked();
      tokens.set(sessionId, token || 'token-of-22-characters');
      return { sessionId, token: tokens.get(sessionId) ?? '', ttlMs: ttlMs || 10_000 };
    },
    async unlock({ sessionId, token }) {
      if (tokens.get(sessionId) !== token) throw lockLost();
      tokens.delete(sessionId);
    },
    async erase(command) {
      service.erases.push(command);
      checkEtag(command);
      const { sessionId } = command;
      const found = sessions.delete(sessionId);
      return erasedFrom({ sessionId, found, locked: tokens.delete(sessionId) });
    },
    async eraseUser({ userId }) {
      const erased = ofUser(userId).map(({ sessionId }) => sessionId);
      for (const sessionId of erased) sessions.delete(sessionId);
      return {
        userId,
        sessions: erased.map((sessionId) => erasedFrom({ sessionId, found: true, locked: false })),
        erased: erased.length,
        remaining: 3,
        durability: 'stored',
        pending: [{ kind: 'user_index', untilMs: 2_000 }],
      };
    },
    async *watch() {},
  };
  return service;

  function ofUser(userId: string): RestoredSession[] {
    return [...sessions.values()].filter((session) => userId && session.userId === userId);
  }

  function checkLock({ sessionId, lockToken }: PersistCommand): void {
    const held = tokens.get(sessionId);
    if (lockToken && held !== lockToken) throw lockLost();
    if (!lockToken && held) throw locked();
  }

  function checkEtag({ sessionId, ifMatch }: { sessionId: string; ifMatch: string }): void {
    const { etag = '', revision = 0 } = sessions.get(sessionId) ?? {};
    if (ifMatch === '' || ifMatch === (etag || 'none')) return;
    throw new Refusal('conflict', 'the session has another etag', { facts: { etag, revision } });
  }
}

function locked(): Refusal {
  return new Refusal('locked', 'somebody holds the lock', { facts: { retryAfterMs: 1499.5 } });
}

function lockLost(): Refusal {
  return new Refusal('lock_lost', 'the token does not hold the lock');
}

/** A command with its values as texts, also those that are kept as bytes. */
export function withTexts<Command extends object>(command: Command): Command {
  const entries = Object.entries(command).map(([name, value]) => {
    const isPart = (name === 'variables' || name === 'context') && value !== undefined;
    return [name, isPart ? textsOf(value) : value];
  });
  return Object.fromEntries(entries) as Command;
}
