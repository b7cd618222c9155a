// What a caller can conclude from an answer, the same on every wire.

/** What became of a request, as far as its caller knows. `refused`: it certainly took no effect. */
export type Answer<Value> =
  | { is: 'done'; value: Value }
  | { is: 'refused' | 'unknown'; reason: string };

export type Persisted = {
  status: 'accepted' | 'dropped';
  known: boolean;
  revision: number;
  etag: string;
  durability: string;
};

export type Erased = { durability: string };

/** A session as restored; without one, nothing was found. */
export type Restored =
  | {
      variables: Record<string, unknown>;
      context: Record<string, unknown>;
      revision: number;
      etag: string;
      outcome: string;
    }
  | undefined;

/** Reasons after which a request may have taken effect. All others are certain. */
const UNCERTAIN: readonly string[] = ['unavailable', 'outcome_unknown', 'internal', 'damaged'];

/** An error with the reason that the service gave. */
export function refusalFor<Value>(reason: string): Answer<Value> {
  return { is: UNCERTAIN.includes(reason) ? 'unknown' : 'refused', reason };
}

/** A connection that was refused, reset, or silent for too long. */
export function lostAnswer<Value>(error: unknown): Answer<Value> {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code = 'no answer' } = cause as { code?: string | number };
  return { is: 'unknown', reason: `connection: ${code}` };
}
