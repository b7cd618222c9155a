// The audit log: one line for a call, with who called, what, for which session or user, and what
// came of it. It names sessions and users by their log ids, and holds none of their contents.

import type { Receipt, SessionService } from '../service/session-service.ts';
import { Refusal } from '../session/errors.ts';
import { logIdOf } from '../session/log-id.ts';
import type { AuditLevel } from './audit-level.ts';
import type { Logger } from './log.ts';

type Operation = Exclude<keyof SessionService, 'exportUser'> | 'export';
type Command = { receipt: Receipt; sessionId?: string; userId?: string };

const SENSITIVE: ReadonlySet<Operation> = new Set([
  ...(['inspect', 'inspectUser', 'timeline', 'explain', 'listSessions', 'export'] as const),
  ...(['erase', 'eraseUser'] as const),
]);

/** The same service, its calls written to the audit log. */
export function createAuditedService(
  service: SessionService,
  { log, level }: { log: Logger; level: Exclude<AuditLevel, 'off'> },
): SessionService {
  function write(operation: Operation, command: Command, outcome: string): void {
    if (level !== 'all' && !SENSITIVE.has(operation) && outcome !== 'forbidden') return;
    const { receipt, sessionId, userId } = command;
    log.info('audit', {
      caller: receipt.caller?.name,
      operation,
      ...(sessionId && { session: logIdOf(sessionId) }),
      ...(userId && { user: logIdOf(userId) }),
      outcome,
    });
  }

  function audited<Args extends Command, Answer>(
    operation: Operation,
    call: (command: Args) => Promise<Answer>,
    outcomeOf: (answer: Answer) => string,
  ): (command: Args) => Promise<Answer> {
    return async (command) => {
      try {
        const answer = await call(command);
        write(operation, command, outcomeOf(answer));
        return answer;
      } catch (error) {
        write(operation, command, error instanceof Refusal ? error.reason : 'internal');
        throw error;
      }
    };
  }

  const found = (answer: unknown) => (answer === undefined ? 'not_found' : 'found');
  const foundOrNot = (answer: { found: boolean }) => (answer.found ? 'found' : 'not_found');
  const done = () => 'done';
  return {
    persist: audited('persist', service.persist, ({ status }) => status),
    restore: audited('restore', service.restore, found),
    touch: audited('touch', service.touch, foundOrNot),
    inspect: audited('inspect', service.inspect, found),
    inspectUser: audited('inspectUser', service.inspectUser, done),
    async listSessions(query) {
      const { receipt, filters } = query;
      const list = audited('listSessions', () => service.listSessions(query), done);
      return list({ receipt, userId: filters.userId });
    },
    timeline: audited('timeline', service.timeline, found),
    explain: audited('explain', service.explain, found),
    userSessions: audited('userSessions', service.userSessions, done),
    // Written when it ends; a check before it is none.
    async *exportUser(query) {
      let outcome = 'cut off';
      try {
        for await (const part of service.exportUser(query)) {
          if (part.kind === 'end') outcome = part.isComplete ? 'complete' : 'partial';
          yield part;
        }
      } catch (error) {
        outcome = error instanceof Refusal ? error.reason : 'internal';
        throw error;
      } finally {
        if (!query.isCheckOnly || !['complete', 'partial'].includes(outcome))
          write('export', query, outcome);
      }
    },
    lock: audited('lock', service.lock, done),
    unlock: audited('unlock', service.unlock, done),
    erase: audited('erase', service.erase, foundOrNot),
    eraseUser: audited('eraseUser', service.eraseUser, done),
    // Written when it begins: it may last for days.
    async *watch(command) {
      try {
        const events = service.watch(command);
        write('watch', command, 'opened');
        yield* events;
      } catch (error) {
        write('watch', command, error instanceof Refusal ? error.reason : 'internal');
        throw error;
      }
    },
  };
}
