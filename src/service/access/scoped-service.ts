import type { Scope } from '../../session/caller.ts';
import type { Receipt, SessionService } from '../session-service.ts';
import { checkRights, maySee, type NamedIds, prefixWithin } from './rights.ts';

/** The same service, of which each caller may use what its secret gives it the right to. All
 * methods also refuse with `forbidden`. */
export function createScopedService(service: SessionService): SessionService {
  return {
    persist: within('save', service.persist),
    // A caller who may save can extend a session anyway.
    touch: within('save', service.touch),
    restore: within('restore', service.restore),
    inspect: within('inspect', service.inspect),
    inspectUser: within('inspect', service.inspectUser),
    async listSessions({ receipt, filters, page }) {
      const { caller } = receipt;
      checkRights(caller, 'inspect', { userId: filters.userId });
      const idPrefix = prefixWithin(caller, filters.idPrefix);
      return service.listSessions({ receipt, filters: { ...filters, idPrefix }, page });
    },
    timeline: within('inspect', service.timeline),
    explain: within('inspect', service.explain),
    userSessions: within('restore', service.userSessions),
    exportUser(query) {
      checkRights(query.receipt.caller, 'inspect', query);
      return service.exportUser(query);
    },
    lock: within('lock', service.lock),
    unlock: within('lock', service.unlock),
    erase: within('erase', service.erase),
    eraseUser: within('erase', async (command) => {
      const erased = await service.eraseUser(command);
      // All of the user's sessions are erased. Those of others are only counted.
      const { caller } = command.receipt;
      const sessions = erased.sessions.filter(({ sessionId }) => maySee(caller, sessionId));
      return { ...erased, sessions };
    }),
    watch(command) {
      const { receipt, resumeFrom } = command;
      for (const ids of [command, ...resumeFrom]) checkRights(receipt.caller, 'restore', ids);
      return service.watch(command);
    },
  };
}

/** A method that its caller needs a right for. */
function within<Command extends NamedIds & { receipt: Receipt }, Answer>(
  scope: Scope,
  method: (command: Command) => Promise<Answer>,
): (command: Command) => Promise<Answer> {
  return (command) => {
    try {
      checkRights(command.receipt.caller, scope, command);
    } catch (refusal) {
      return Promise.reject(refusal);
    }
    return method(command);
  };
}
