// Why a value is what it is, as transports show it.

import type { Stamp } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import type { ClaimAction } from '../../session/explaining/contest.ts';
import type { StampPart } from '../../session/stamp.ts';
import type { ShownValue } from './shown-value.ts';

/** An update that set or removed a key. What a snapshot does not keep is empty. */
export type ExplainedUpdate = {
  stamp: Stamp | undefined;
  /** 0 if it is not known. */
  revision: number;
  action: ClaimAction;
  /** What it set; undefined if it removed the key. */
  value: ShownValue | undefined;
  /** Of the event, as sent. */
  timestamp: string;
  flowId: string;
  userId: string;
  /** It is merged into a snapshot. */
  isMerged: boolean;
  /** It waits in the spool of this sidecar. */
  isSpooled: boolean;
  /** What a former service left of the session. */
  isImported: boolean;
};

/** An update that names a key, and is not in effect. */
export type LostUpdate = {
  update: ExplainedUpdate;
  /** `content`: the stamps are equal. Undefined: not the stamps, but an erase. */
  decidedBy: StampPart | 'content' | undefined;
  lostAgainst: ClaimAction | 'erased';
  /** Why it lost, in a sentence. */
  reason: string;
};

/** Which value of a session is explained. */
export type ExplainedPointer = {
  sessionId: string;
  /** JSON pointer into the state as it is restored. */
  pointer: string;
  /** As in RestoreQuery. */
  revision: number;
  /** Larger values are not shown; 0 for the default. */
  valueMaxBytes: number;
  /** The value in effect is shown whatever its size, and no other. */
  wholeValue: boolean;
};

/** Why a value is what it is. */
export type ExplainedValue = {
  /** In effect; undefined if there is none. */
  value: ShownValue | undefined;
  /** In a sentence or a few. */
  reason: string;
  /** Undefined if no update that is known names the key. */
  decidedBy: ExplainedUpdate | undefined;
  /** Latest stamp first. */
  lost: LostUpdate[];
  /** How many of them are not listed. */
  moreLost: number;
};
