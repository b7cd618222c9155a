// The rules that a flow's team sets for its sessions: which variables and context an update may
// hold, how long a session lives, and what is answered for a state that cannot be read. Only what
// is posted is validated, never what is stored.

import type { Violation } from '../errors.ts';
import type { KeyValue } from '../json/value.ts';

export type FlowDefinition = {
  /** The flow, or `default`, which applies to every flow without a definition of its own. */
  flowId: string;
  /** How long a session lives after an update of this flow; undefined for SESSION_TTL. */
  ttlMs: number | undefined;
  /** How many of the latest visited nodes are answered; undefined for HISTORY_MAX_ENTRIES. */
  historyMaxEntries: number | undefined;
  /** What is answered, but never stored, where nothing of a session can be read; undefined for the
   * built-in fallback. */
  fallback: FlowState | undefined;
  /** Validates what an update posts. A part that was not posted is undefined, and is not
   * validated. */
  validate(posted: PostedParts): ValidatedParts;
};

export type FlowState = { variables: KeyValue[]; context: KeyValue[] };

export type PostedParts = { variables: KeyValue[] | undefined; context: KeyValue[] | undefined };

/** The same parts, coerced where the definition says so, and everything that is wrong with them. */
export type ValidatedParts = PostedParts & { violations: FlowViolation[] };

/** One thing that the definition does not allow. */
export type FlowViolation = Violation & {
  /** The keyword of JSON Schema that was violated. */
  keyword: string;
};

/** All definitions, as they are at the moment of the call. */
export type FlowDefinitions = {
  /** The flow's own definition, else `default`, else undefined: everything is accepted. */
  of(flowId: string): FlowDefinition | undefined;
};
