// What servers are sent, by their own word: MONITOR tells apart what a client sends and what a
// script runs, so no command has to be left out of what is compared, and none is counted that is
// about something else.

import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { until } from './until.ts';

/** The commands that were sent during `work` and name one of these keys, in their order at each
 * server. Those that scripts run are not sent. */
export async function commandsSent(
  servers: readonly { client: Redis }[],
  { keys, work }: { keys: readonly string[]; work: () => Promise<unknown> },
): Promise<string[]> {
  const watched = await Promise.all(servers.map(watch));
  try {
    await work();
    const each = await Promise.all(watched.map(({ sent }) => sent()));
    return each
      .flat()
      .filter((command) => command.some((argument) => keys.includes(argument)))
      .map(([name = '']) => name.toLowerCase());
  } finally {
    for (const { monitor } of watched) monitor.disconnect();
  }
}

async function watch({ client }: { client: Redis }) {
  const monitor = await client.monitor();
  const commands: string[][] = [];
  monitor.on('monitor', (_time: string, command: string[], source: string) => {
    if (source !== 'lua') commands.push(command);
  });
  return {
    monitor,
    /** All that was sent until now: what comes first is told first. */
    async sent(): Promise<string[][]> {
      const mark = randomUUID();
      await client.echo(mark);
      await until('the end of what was sent', () =>
        commands.some((command) => command.includes(mark)) ? true : undefined,
      );
      return commands;
    },
  };
}
