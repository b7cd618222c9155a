// The secrets that a listener accepts: either separated by commas, or a JSON array of callers, each
// with a name, its secrets and its rights (named-callers.ts).

import { type AcceptedSecret, UNNAMED_CALLER } from '../session/caller.ts';
import { isCallerList, readCallers } from './named-callers.ts';
import { whatIsWrongWithSecret } from './secret.ts';

/** A member of a caller, also within a JSON text. */
const MEMBER_OF_CALLER = /"(name|secrets|scopes|idPrefix|callsPerSecond)\\?"\s*:/;

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
  if (looksLikeCallers(text)) return 'it looks like callers in JSON, and is no array of them';
  const secrets = secretsIn(text);
  for (const [index, secret] of secrets.entries()) {
    const wrong = whatIsWrongWithSecret(secret);
    if (wrong !== undefined) return `secret ${index + 1} of ${secrets.length} ${wrong}`;
  }
  return undefined;
}

/** Cut at its commas, such a text would be plain secrets with every right, and some of them, such
 * as `"scopes":["save"]`, could be guessed. */
function looksLikeCallers(text: string): boolean {
  return MEMBER_OF_CALLER.test(text) || isJsonStructure(text);
}

function isJsonStructure(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

function secretsIn(text: string): string[] {
  return text.split(',').map((secret) => secret.trim());
}
