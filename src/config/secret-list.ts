// The secrets that a listener accepts: either separated by commas, or a JSON array of callers, each
// with a name, its secrets and its rights (named-callers.ts).

import { type AcceptedSecret, UNNAMED_CALLER } from '../session/caller.ts';
import { isCallerList, readCallers } from './named-callers.ts';
import { whatIsWrongWithSecret } from './secret.ts';

export type { AcceptedSecret } from '../session/caller.ts';

/** Reads secrets; undefined if any of them is not acceptable. */
export function secretListFrom(text: string): readonly AcceptedSecret[] | undefined {
  if (isCallerList(text)) return readCallers(text).secrets;
  if (whatIsWrongWithSecrets(text) !== undefined) return undefined;
  return secretsIn(text).map((secret) => ({ secret, caller: UNNAMED_CALLER }));
}

/** Which of the secrets is not acceptable, and why, without showing any of it. */
export function whatIsWrongWithSecrets(text: string): string | undefined {
  if (isCallerList(text)) return readCallers(text).problem;
  const secrets = secretsIn(text);
  for (const [index, secret] of secrets.entries()) {
    const wrong = whatIsWrongWithSecret(secret);
    if (wrong !== undefined) return `secret ${index + 1} of ${secrets.length} ${wrong}`;
  }
  return undefined;
}

function secretsIn(text: string): string[] {
  return text.split(',').map((secret) => secret.trim());
}
