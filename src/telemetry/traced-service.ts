import type { SessionService } from '../service/session-service.ts';
import { logIdOf } from '../session/log-id.ts';
import type { SpanAttributes, Tracing } from './tracing.ts';

/** The same service; each call adds to its request's span which session or user it is about, by
 * their log ids, and what came of it. */
export function createTracedService(service: SessionService, tracing: Tracing): SessionService {
  const about = (ids: { sessionId?: string; userId?: string }) =>
    tracing.note(() => idAttributes(ids));
  const traced = <Call extends { sessionId?: string; userId?: string }, Answer>(
    call: Call,
    serve: (call: Call) => Answer,
  ): Answer => {
    about(call);
    return serve(call);
  };
  return {
    async persist(command) {
      about(command);
      const persisted = await service.persist(command);
      const { status, durability } = persisted;
      tracing.note(() => ({
        'cognigy.session.status': status,
        'cognigy.session.durability': durability,
      }));
      return persisted;
    },
    async restore(query) {
      about(query);
      const session = await service.restore(query);
      tracing.note(() => ({
        ...(session && idAttributes({ sessionId: session.sessionId })),
        'cognigy.session.outcome': session?.outcome ?? 'not_found',
      }));
      return session;
    },
    touch: (command) => traced(command, service.touch),
    inspect: (query) => traced(query, service.inspect),
    inspectUser: (query) => traced(query, service.inspectUser),
    async listSessions(query) {
      about({ userId: query.filters.userId });
      return service.listSessions(query);
    },
    timeline: (query) => traced(query, service.timeline),
    explain: (query) => traced(query, service.explain),
    userSessions: (query) => traced(query, service.userSessions),
    exportUser: (query) => traced(query, service.exportUser),
    lock: (command) => traced(command, service.lock),
    unlock: (command) => traced(command, service.unlock),
    erase: (command) => traced(command, service.erase),
    eraseUser: (command) => traced(command, service.eraseUser),
    watch: (command) => traced(command, service.watch),
  };
}

function idAttributes({
  sessionId = '',
  userId = '',
}: {
  sessionId?: string;
  userId?: string;
}): SpanAttributes {
  return {
    ...(sessionId !== '' && { 'session.id': logIdOf(sessionId) }),
    ...(userId !== '' && { 'user.hash': logIdOf(userId) }),
  };
}
