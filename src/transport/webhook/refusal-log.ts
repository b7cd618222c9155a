import type { Refusal } from '../../session/errors.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Body } from './read-body.ts';

/** Names of a refused body that are logged at most, and the characters of each. */
const LOGGED_NAMES_MAX = 20;
const LOGGED_NAME_MAX_LENGTH = 40;

/** Logs why a request of a flow was refused, with the names in its body, never the values. Of the
 * refusals for one reason no more than a line now and then. */
export function logRefusal(
  log: Logger,
  { reason, message }: Refusal,
  { route, body }: { route: string; body: Body | undefined },
): void {
  const names = body && { fields: namesOf(body) };
  // A session that expired is nobody's mistake.
  const level = reason === 'not_found' ? 'debug' : 'warn';
  const refused = { route, reason, refusal: message, ...names };
  log.rarely(`webhook refused ${reason}`)[level]('webhook request refused', refused);
}

function namesOf({ values }: Body): string[] {
  const names = Object.keys(values).slice(0, LOGGED_NAMES_MAX);
  return names.map((name) => name.slice(0, LOGGED_NAME_MAX_LENGTH));
}
