// Compares what two servers made of a call.

import { isDeepStrictEqual } from 'node:util';
import type { Outcome } from './outcome.ts';
import type { MethodCall } from './servers.ts';

/** What a call came to: its answer, and what reached the service before. */
export type Observed = { outcome: Outcome; calls: readonly MethodCall[] };

/** What is compared. `calls` are the methods of the service that were called. */
export type Compared = Omit<Outcome, 'details' | 'message'> & {
  calls: readonly string[];
  /** What they were called with. */
  commands: readonly unknown[];
  /** Of an error that the service made. */
  error: Pick<Outcome, 'details' | 'message'>;
};

/** Some members, of which one that an answer does not have is undefined. */
export type PartOf<T> = { [Name in keyof T]?: T[Name] | undefined };

/**
 * What differs, on each side. An error that Connect makes itself has no details, and its words are
 * not compared; where it answers with a status alone, only that is.
 */
export function differing(
  ours: Observed,
  reference: Observed,
): { ours: PartOf<Compared>; reference: PartOf<Compared> } {
  const expected = reference.outcome;
  const isStatusOnly = expected.code === '' && expected.status >= 400;
  const isOfService = (expected.details ?? []).length > 0;
  const isSameCode = ours.outcome.code === expected.code;
  const partsOf = ({ outcome, calls }: Observed): PartOf<Compared> => {
    const { status, allow, contentType, code, answer, encoding, acceptEncoding, rest } = outcome;
    const methods = calls.map(({ method }) => method);
    if (isStatusOnly) return { status, allow, calls: methods };
    return {
      ...{ status, allow, code, acceptEncoding, rest, calls: methods },
      ...(isSameCode && { contentType, answer, commands: calls.map(({ command }) => command) }),
      ...(isSameCode && code === 'ok' && { encoding }),
      ...(isOfService &&
        isSameCode && { error: { message: outcome.message, details: outcome.details } }),
    } as PartOf<Compared>;
  };
  const [one, other] = [partsOf(ours), partsOf(reference)];
  const names = Object.keys(other) as (keyof Compared)[];
  const different = names.filter((name) => !isDeepStrictEqual(one[name], other[name]));
  const only = (parts: PartOf<Compared>) =>
    Object.fromEntries(different.map((name) => [name, parts[name]])) as PartOf<Compared>;
  return { ours: only(one), reference: only(other) };
}
