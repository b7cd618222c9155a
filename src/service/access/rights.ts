// What a caller may do, and with which sessions and users.

import type { Caller, Scope } from '../../session/caller.ts';
import { Refusal } from '../../session/errors.ts';

/** The ids that a call names; empty: not given. */
export type NamedIds = { sessionId?: string; userId?: string };

/** Refuses (`forbidden`) what the caller has no right to; undefined: nobody is asked who calls. */
export function checkRights(caller: Caller | undefined, scope: Scope, ids: NamedIds): void {
  if (caller === undefined) return;
  const { name, scopes, idPrefix } = caller;
  if (!scopes.includes(scope))
    throw new Refusal('forbidden', `the caller ${name} has no right to ${scope}`);
  if (idPrefix === '') return;
  checkPrefix(caller, '/sessionId', ids.sessionId);
  checkPrefix(caller, '/userId', ids.userId);
}

function checkPrefix({ name, idPrefix }: Caller, pointer: string, id = ''): void {
  if (id === '' || id.startsWith(idPrefix)) return;
  const message = `the caller ${name} may only name ids that begin with ${idPrefix}`;
  throw new Refusal('forbidden', message, { violations: [{ pointer, message }] });
}

/** What the ids of a list begin with, so that its caller sees its own alone. Refuses (`forbidden`)
 * a beginning that none of them has. */
export function prefixWithin(caller: Caller | undefined, asked: string): string {
  const { idPrefix = '' } = caller ?? {};
  if (caller === undefined || asked.startsWith(idPrefix)) return asked;
  if (!idPrefix.startsWith(asked)) checkPrefix(caller, '/sessionIdPrefix', asked);
  return idPrefix;
}

/** Whether the caller may see a session that it did not name. */
export function maySee(caller: Caller | undefined, sessionId: string): boolean {
  return caller === undefined || sessionId.startsWith(caller.idPrefix);
}
