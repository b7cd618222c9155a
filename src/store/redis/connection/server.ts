import type { ServerClock } from '../clock/server-clock.ts';
import type { ScriptArguments } from '../scripts/script.ts';

/** One server that a command is sent to. */
export type Server = {
  /** Sends one command, once. */
  call(command: string, args: ScriptArguments): Promise<unknown>;
  /** The clock of the server that the connection leads to; undefined until its time has been
   * read. */
  knownClock(): ServerClock | undefined;
  /** The same, once its time has been read. */
  clock(): Promise<ServerClock>;
};
