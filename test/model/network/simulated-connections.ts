// The connections of one sidecar to the two masters, and what it knows of their clocks.

import type { ClockInterval } from '../../../src/store/redis/clock/clock-interval.ts';
import {
  createServerClock,
  type ServerClock,
} from '../../../src/store/redis/clock/server-clock.ts';
import type { Write } from './modelled-store.ts';
import type { Machine } from './simulated-machine.ts';
import type { Network, NetworkReply, ServerName, Wire } from './simulated-network.ts';
import type { Pause } from './simulated-time.ts';

const CONNECT_TIMEOUT_MS = 1000;
/** As often as the store looks whether a clock should be asked again. */
const WATCH_EVERY_MS = 1000;

export type Connection = { wire: Wire; clock: ServerClock; isReady: boolean; isOpen: boolean };

export type ConnectionFault = 'hold' | 'hold and close' | 'close' | 'lose replies';

export type Connections = ReturnType<typeof createConnections>;

/** Connects to both masters, again and again. */
export function createConnections({
  machine,
  network,
  linkDown,
  oneWayMs,
  widens,
  endsMs,
}: {
  machine: Machine;
  network: Network;
  linkDown: readonly Pause[];
  oneWayMs: number;
  /** Whether what is known of a clock widens with its age. */
  widens: boolean;
  /** When nothing has to be watched any more. */
  endsMs: number;
}) {
  const connections: (Connection | undefined)[] = [undefined, undefined];
  watch();

  return {
    /** The connection to a master whose clock is known; undefined while there is none, which is
     * then made. */
    to(server: ServerName): Connection | undefined {
      const connection = connections[server];
      if (connection === undefined) connect(server);
      return connection?.isReady ? connection : undefined;
    },
    send,
    close,
    hurt(fault: ConnectionFault, forMs: number): void {
      const connection = machine.random.pick(connections);
      if (connection === undefined) return;
      if (fault.startsWith('hold')) connection.wire.holdUntil(machine.trueMs() + forMs);
      if (fault === 'hold and close')
        machine.afterTrueMs(machine.random.below(100), () => close(connection));
      if (fault === 'lose replies') connection.wire.loseReplies();
      if (fault === 'close') close(connection);
    },
  };

  function watch(): void {
    if (machine.trueMs() > endsMs) return;
    for (const [server, connection] of connections.entries()) {
      if (connection === undefined) connect(server as ServerName);
      else if (connection.isReady && connection.clock.isSampleDue(machine.nowMs()))
        sample(connection);
    }
    machine.at(machine.nowMs() + WATCH_EVERY_MS, watch);
  }

  function connect(server: ServerName): void {
    const wire = network.connect(server, oneWayMs, linkDown);
    const clock = widens ? createServerClock() : createUnwidenedClock();
    const connection = { wire, clock, isReady: false, isOpen: true };
    connections[server] = connection;
    sample(connection);
    machine.at(machine.nowMs() + CONNECT_TIMEOUT_MS, () => {
      if (!connection.isReady) close(connection);
    });
  }

  function sample(connection: Connection): void {
    const sentMs = machine.nowMs();
    const onReply = (reply: NetworkReply) => {
      if (!('timeUs' in reply)) return;
      connection.clock.learn({ sentMs, arrivedMs: machine.nowMs(), serverMs: reply.timeUs / 1000 });
      connection.isReady = true;
    };
    send(connection, { onReply });
  }

  /** Sends a write, or asks for the time; the reply is heard of unless the connection has ended. */
  function send(
    connection: Connection,
    message: { write?: Write; isAsking?: boolean; onReply: (reply: NetworkReply) => void },
  ): void {
    const onReply = (reply: NetworkReply) =>
      machine.awake(() => {
        if (connection.isOpen) message.onReply(reply);
      });
    connection.wire.send({ ...message, onReply });
  }

  function close(connection: Connection): void {
    connection.isOpen = false;
    for (const at of [0, 1]) if (connections[at] === connection) connections[at] = undefined;
  }
}

/** A clock whose bounds stay as they were measured. */
function createUnwidenedClock(): ServerClock {
  let kept: ClockInterval | undefined;
  let noticedSetMs = Number.NEGATIVE_INFINITY;
  return {
    interval: () => kept,
    learn({ sentMs, arrivedMs, serverMs }) {
      const lowMs = Math.max(kept?.lowMs ?? Number.NEGATIVE_INFINITY, serverMs - arrivedMs);
      const highMs = Math.min(kept?.highMs ?? Number.POSITIVE_INFINITY, serverMs - sentMs);
      if (lowMs > highMs) noticedSetMs = arrivedMs;
      const sampled = { lowMs: serverMs - arrivedMs, highMs: serverMs - sentMs };
      kept = { ...(lowMs > highMs ? sampled : { lowMs, highMs }), atMs: arrivedMs };
    },
    isFresh: () => false,
    wasSetAfter: (instantMs) => instantMs < noticedSetMs,
    isSampleDue: (nowMs) => nowMs - (kept?.atMs ?? 0) >= 10_000,
  };
}
