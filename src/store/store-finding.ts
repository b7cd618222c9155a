// What a check of a store finds before anything runs on it.

/** What is checked, in the order of a report. */
export const STORE_CHECKS = [
  ...(['reach', 'tls', 'version', 'permissions', 'scripts', 'topology', 'replicas'] as const),
  ...(['eviction', 'memory', 'persistence', 'clocks', 'latency'] as const),
  ...(['expiry', 'watch', 'legacy', 'ids'] as const),
] as const;
export type StoreCheck = (typeof STORE_CHECKS)[number];

/** `warning`: the service works, and sessions are in danger, or something is done in a slower way. `unfit`: requests would be refused, or
 * sessions lost as a matter of course. */
export const FINDING_LEVELS = ['ok', 'warning', 'unfit'] as const;
export type FindingLevel = (typeof FINDING_LEVELS)[number];

export type StoreFinding = {
  check: StoreCheck;
  level: FindingLevel;
  /** For the operator; names the server where one of several is meant. Never holds a secret. */
  text: string;
};
