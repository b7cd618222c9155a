// Who calls, and what they may do. A caller is known by the secret that it presents.

/** What a caller may be allowed to do. */
export const SCOPES = ['save', 'restore', 'inspect', 'erase', 'lock'] as const;

export type Scope = (typeof SCOPES)[number];

/** Those who present one secret, or one of several while one replaces another. */
export type Caller = {
  /** As the operator named it; in the audit log and in metrics. */
  name: string;
  scopes: readonly Scope[];
  /** What the ids of sessions and users begin with that it may name; empty: any. */
  idPrefix: string;
  /** How many calls it may make in a second; undefined: any number. */
  callsPerSecond: number | undefined;
};

/** A secret, and who presents it. */
export type AcceptedSecret = { secret: string; caller: Caller };

/** Who presents a secret that has no name, or calls where no secret is asked for: they may do
 * everything. */
export const UNNAMED_CALLER: Caller = {
  name: 'unnamed',
  scopes: SCOPES,
  idPrefix: '',
  callsPerSecond: undefined,
};
