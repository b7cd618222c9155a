import type { StoreDurability } from '../../durability.ts';
import type { ServerClock } from '../clock/server-clock.ts';
import type { ReplicationSample } from '../echo/replication-sample.ts';
import type { ScriptArguments } from '../scripts/script.ts';

/** One connection that a command is sent on. */
export type ServerConnection = {
  /** Sends one command, once. */
  call(command: string, args: ScriptArguments): Promise<unknown>;
  /** The clock of the server that the connection leads to; undefined until its time has been
   * read. */
  knownClock(): ServerClock | undefined;
};

/** One server that a command is sent to. */
export type Server = ServerConnection & {
  /** Its last replication sample on this connection; undefined where there is none yet, and where no
   * writes are echoed. */
  master(): ReplicationSample | undefined;
  /** The same, once it has been sampled. */
  sampledMaster(): Promise<ReplicationSample | undefined>;
  /** The same, once its time has been read. */
  clock(): Promise<ServerClock>;
  /** Takes part in a batch of writes that replicas confirm together; undefined where a write is to be
   * sent without one. Absent where no write waits for replicas. */
  openBatch?(endsAtMs: number): Batch | undefined | Promise<Batch | undefined>;
};

/** A connection for one write, which is to be sent at once. */
export type Batch = ServerConnection & {
  /** How safely the write is kept, if it succeeded: waits for the replicas, but not beyond the end of
   * the write's attempt. */
  confirmed(): Promise<StoreDurability>;
};
