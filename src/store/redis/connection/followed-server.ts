// Commands followed from sending to answer: for traces. Without them nothing of this is used.

import { type ScriptArguments, scriptNameOf } from '../scripts/script.ts';
import type { Batch, Server, ServerConnection } from './server.ts';

/** A command, without its keys and values. */
export type FollowedCommand = {
  /** In capitals. */
  name: string;
  /** The script that it runs, if any. */
  script: string | undefined;
  host: string;
  port: number;
};

/** Sends a command and follows it. */
export type FollowCommand = <Answer>(
  command: FollowedCommand,
  send: () => Promise<Answer>,
) => Promise<Answer>;

type Following = { host: string; port: number; follow: FollowCommand };

/** The same server, its commands followed; those of batches too, and the waiting for replicas. */
export function followedServer(server: Server, at: Following): Server {
  const { openBatch } = server;
  return {
    ...server,
    call: followedCall(server, at),
    ...(openBatch && {
      openBatch(endsAtMs) {
        const opened = openBatch(endsAtMs);
        return opened instanceof Promise
          ? opened.then((batch) => batch && followedBatch(batch, at))
          : opened && followedBatch(opened, at);
      },
    }),
  };
}

function followedBatch(batch: Batch, { follow, host, port }: Following): Batch {
  const wait = { name: 'WAIT', script: undefined, host, port };
  return {
    ...batch,
    call: followedCall(batch, { follow, host, port }),
    confirmed: () => follow(wait, () => batch.confirmed()),
  };
}

function followedCall(
  { call }: ServerConnection,
  { follow, host, port }: Following,
): ServerConnection['call'] {
  return (command, args) => {
    const script = scriptOf(command, args);
    return follow({ name: command.toUpperCase(), script, host, port }, () => call(command, args));
  };
}

function scriptOf(command: string, [first]: ScriptArguments): string | undefined {
  return command === 'evalsha' || command === 'eval' ? scriptNameOf(String(first)) : undefined;
}
