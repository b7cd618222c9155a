// What servers are sent, by their own word: MONITOR tells apart what a client sends and what a
// script runs, so no command has to be left out of what is compared, and none is counted that is
// about something else.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { Redis } from 'ioredis';
import { until } from './until.ts';

/** As in: +1339518083.107412 [0 127.0.0.1:60866] "keys" "*" */
const MONITORED = /^\+[\d.]+ \[\d+ ([^\]]+)\] (.*)$/;
const QUOTED = /"((?:[^"\\]|\\.)*)"/g;

/** The commands that were sent during `work` and name one of these keys, in their order at each
 * server. Those that scripts run are not sent. */
export async function commandsSent(
  servers: readonly { client: Redis }[],
  during: { keys: readonly string[]; work: () => Promise<unknown> },
): Promise<string[]> {
  return (await commandsRun(servers, during)).sent;
}

/** The same, and apart from them those that scripts ran. */
export async function commandsRun(
  servers: readonly { client: Redis }[],
  { keys, work }: { keys: readonly string[]; work: () => Promise<unknown> },
): Promise<{ sent: string[]; byScripts: string[] }> {
  const watched = await Promise.all(servers.map(watch));
  try {
    await work();
    const each = await Promise.all(watched.map(({ seen }) => seen()));
    const about = each.flat().filter(({ command }) => command.some((one) => keys.includes(one)));
    const names = (isByScript: boolean) =>
      about
        .filter((one) => one.isByScript === isByScript)
        .map(({ command: [name = ''] }) => name.toLowerCase());
    return { sent: names(false), byScripts: names(true) };
  } finally {
    for (const { end } of watched) end();
  }
}

/** Watches by a connection of its own: ioredis fails if what it monitors is shown in the same
 * packet as the answer to MONITOR. */
async function watch({ client }: { client: Redis }) {
  const { host, port } = client.options;
  const socket = connect({ host: host ?? '127.0.0.1', port: port ?? 0 });
  const lines = createInterface({ input: socket });
  const answered = once(lines, 'line');
  socket.write('MONITOR\r\n');
  const [answer] = await answered;
  if (answer !== '+OK') throw new Error(`MONITOR was answered ${answer}`);
  const commands: { command: string[]; isByScript: boolean }[] = [];
  lines.on('line', (line) => {
    const [, source = '', words = ''] = MONITORED.exec(line) ?? [];
    const command = [...words.matchAll(QUOTED)].map(([, word = '']) => word);
    commands.push({ command, isByScript: source === 'lua' });
  });
  return {
    end: () => socket.destroy(),
    /** All that was run until now: a monitor shows commands in their order. */
    async seen(): Promise<{ command: string[]; isByScript: boolean }[]> {
      const mark = randomUUID();
      await client.echo(mark);
      await until('the end of what was sent', () =>
        commands.some(({ command }) => command.includes(mark)) ? true : undefined,
      );
      return commands;
    },
  };
}
