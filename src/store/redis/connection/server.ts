import type { ServerClock } from '../clock/server-clock.ts';
import type { ScriptArguments } from '../scripts/script.ts';

/** One server, as a command is sent to it. */
export type Server = {
  /** Sends one command, once. */
  call(command: string, args: ScriptArguments): Promise<unknown>;
  /** The clock of the server at the other end of the connection; undefined until that has been
   * asked. */
  knownClock(): ServerClock | undefined;
  /** The same, once it has been asked. */
  clock(): Promise<ServerClock>;
};
