import type { Caller } from '../../session/caller.ts';
import type { SessionService, WatchedEvent } from '../session-service.ts';
import { checkRights, maySee } from './rights.ts';

/** The same service, of which each caller may use what its secret gives it the right to. All
 * methods also refuse with `forbidden`. */
export function createScopedService(service: SessionService): SessionService {
  return {
    persist(command) {
      checkRights(command.receipt.caller, 'save', command);
      return service.persist(command);
    },
    async restore(query) {
      checkRights(query.receipt.caller, 'restore', query);
      return service.restore(query);
    },
    async touch(command) {
      // A caller who may save can extend a session anyway.
      checkRights(command.receipt.caller, 'save', command);
      return service.touch(command);
    },
    async inspect(query) {
      checkRights(query.receipt.caller, 'inspect', query);
      return service.inspect(query);
    },
    async inspectUser(query) {
      checkRights(query.receipt.caller, 'inspect', query);
      return service.inspectUser(query);
    },
    async lock(command) {
      checkRights(command.receipt.caller, 'lock', command);
      return service.lock(command);
    },
    async unlock(command) {
      checkRights(command.receipt.caller, 'lock', command);
      return service.unlock(command);
    },
    async erase(command) {
      checkRights(command.receipt.caller, 'erase', command);
      return service.erase(command);
    },
    async eraseUser(command) {
      const { caller } = command.receipt;
      checkRights(caller, 'erase', command);
      const erased = await service.eraseUser(command);
      // All of the user's sessions are erased. Those of others are only counted.
      const sessions = erased.sessions.filter(({ sessionId }) => maySee(caller, sessionId));
      return { ...erased, sessions };
    },
    watch(command) {
      const { receipt, resumeFrom } = command;
      for (const ids of [command, ...resumeFrom]) checkRights(receipt.caller, 'restore', ids);
      return visible(service.watch(command), receipt.caller);
    },
  };
}

async function* visible(
  events: AsyncIterable<WatchedEvent>,
  caller: Caller | undefined,
): AsyncGenerator<WatchedEvent> {
  for await (const event of events)
    if (event.kind === 'heartbeat' || maySee(caller, event.sessionId)) yield event;
}
