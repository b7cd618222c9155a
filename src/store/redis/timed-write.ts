import type { AttemptLimits } from '../session-store.ts';
import type { ServerClock } from './clock/server-clock.ts';
import type { ReplicationSample } from './echo/replication-sample.ts';
import type { Reply } from './scripts/replies.ts';
import type { Script, ScriptArguments } from './scripts/script.ts';

/** How a write was sent: the last sample of its server before that, and when. */
export type Sent = {
  master: ReplicationSample | undefined;
  clock: ServerClock;
  sentAtMs: number;
};

/** A write by a script, as often as it has to be sent. */
export type TimedWrite = {
  operation: string;
  script: Script;
  key: string;
  /** The arguments after the time bounds; they may depend on the last sample of the server. */
  args: ScriptArguments | ((master: ReplicationSample | undefined) => ScriptArguments);
  /** Whether it waits until this process's earlier writes to the key are on its master. */
  isGated?: boolean;
  /** Called with the answer. */
  onAcknowledged?: ((reply: Reply, at: Sent) => void) | undefined;
  /** Given where the arrival of the request matters. */
  receivedAtMonotonicMs?: number;
  /** When a replay arrived at the earliest. It is sent even after a clock was set. */
  earliestMonotonicMs?: number | undefined;
  /** Whether it is sent even after a clock was set: the request may have arrived long before. */
  isSentAfterClockSet?: boolean;
  limits: AttemptLimits | undefined;
};
