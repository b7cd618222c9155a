// Callers with names and rights, as a JSON array:
//
//   [{ "name": "checkout-flow", "secrets": ["…"], "scopes": ["save", "restore"] },
//    { "name": "support", "secrets": ["new", "old"], "scopes": ["inspect"], "idPrefix": "shop-a:",
//      "callsPerSecond": 5 }]

import { type AcceptedSecret, type Caller, SCOPES, type Scope } from '../session/caller.ts';
import { SECRET_MIN_LENGTH, whatIsWrongWithSecret } from './secret.ts';

/** No list of plain secrets begins like this. */
const CALLER_LIST = /^\s*\[\s*\{/;

/** Is also a label of metrics. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

const ID_PREFIX_MAX_LENGTH = 128;
/** Below, the time to wait would be no number that every wire can carry. */
const CALLS_PER_SECOND_MIN = 0.001;
const CALLS_PER_SECOND_MAX = 1_000_000;

/** The members of a caller; the first three are required. */
const MEMBERS = ['name', 'secrets', 'scopes', 'idPrefix', 'callsPerSecond'] as const;

type Members = Record<(typeof MEMBERS)[number], unknown>;

/** Whether a text is meant to be a list of callers. */
export function isCallerList(text: string): boolean {
  return CALLER_LIST.test(text);
}

/** Reads a list of callers: their secrets, or what is wrong with it, without showing a secret. */
export function readCallers(
  text: string,
):
  | { secrets: readonly AcceptedSecret[]; problem?: undefined }
  | { secrets?: undefined; problem: string } {
  let list: Members[];
  try {
    list = JSON.parse(text);
  } catch {
    return { problem: 'it begins like a JSON array of callers, and is no JSON' };
  }
  const secrets: AcceptedSecret[] = [];
  const names = new Set<string>();
  for (const [index, members] of list.entries()) {
    const wrong = whatIsWrongWithCaller(members);
    if (wrong !== undefined) return { problem: `caller ${index + 1} of ${list.length} ${wrong}` };
    const caller = callerFrom(members);
    if (names.has(caller.name)) return { problem: `two callers are named ${caller.name}` };
    names.add(caller.name);
    for (const secret of members.secrets as string[]) {
      const other = secrets.find((accepted) => accepted.secret === secret);
      if (other) return { problem: `${other.caller.name} and ${caller.name} share a secret` };
      secrets.push({ secret, caller });
    }
  }
  return { secrets };
}

function whatIsWrongWithCaller(members: Members): string | undefined {
  if (typeof members !== 'object' || members === null || Array.isArray(members))
    return 'is not an object';
  const unknown = Object.keys(members).find(
    (name) => !(MEMBERS as readonly string[]).includes(name),
  );
  if (unknown !== undefined) return `has ${shown(unknown)}; there are ${MEMBERS.join(', ')}`;
  const { name, secrets, scopes, idPrefix = '', callsPerSecond = 1 } = members;
  if (typeof name !== 'string' || !NAME.test(name))
    return 'needs a name of at most 63 lower-case letters, digits, dots, dashes and underscores';
  if (!isFilledList(secrets)) return `(${name}) needs secrets: an array of texts`;
  for (const [index, secret] of secrets.entries()) {
    const wrong = whatIsWrongWithSecret(secret);
    if (wrong !== undefined) return `(${name}): secret ${index + 1} of ${secrets.length} ${wrong}`;
  }
  if (!isFilledList(scopes) || !scopes.every((scope) => SCOPES.includes(scope as Scope)))
    return `(${name}) needs scopes: an array of ${SCOPES.join(', ')}`;
  if (typeof idPrefix !== 'string' || idPrefix.length > ID_PREFIX_MAX_LENGTH)
    return `(${name}): idPrefix must be a text of at most ${ID_PREFIX_MAX_LENGTH} characters`;
  if (!isRate(callsPerSecond)) {
    const range = `from ${CALLS_PER_SECOND_MIN} to ${CALLS_PER_SECOND_MAX}`;
    return `(${name}): callsPerSecond must be a number ${range}`;
  }
  return undefined;
}

/** A misspelt member, unless it may be a secret in the place of one. */
function shown(member: string): string {
  if (member.length >= SECRET_MIN_LENGTH) return 'a member that is not known';
  return `a member ${JSON.stringify(member)}`;
}

function isRate(value: unknown): boolean {
  return (
    typeof value === 'number' && value >= CALLS_PER_SECOND_MIN && value <= CALLS_PER_SECOND_MAX
  );
}

function isFilledList(value: unknown): value is string[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string')
  );
}

function callerFrom({ name, scopes, idPrefix = '', callsPerSecond }: Members): Caller {
  return { name, scopes, idPrefix, callsPerSecond } as Caller;
}
