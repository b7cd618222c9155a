import type { Redis } from 'ioredis';
import type { NodeClocks } from '../clock/node-clocks.ts';
import { sampledServer } from '../echo/echoed-topology.ts';
import type { MasterWatch } from '../echo/watch-masters.ts';
import type { Replication } from '../replication/replication.ts';
import { NOT_CONNECTED } from './failure-reason.ts';
import { type FollowCommand, followedServer } from './followed-server.ts';
import { sendScript } from './script-command.ts';
import type { Server } from './server.ts';

/** How a command is sent: `isAsking`, to a server that does not have the slot yet; `isKept`, as a
 * write that may wait for replicas. */
export type SendingMode = { isAsking: boolean; isKept: boolean };

/** The servers behind the clients of a topology. */
export function createNodeServers({
  clocks,
  replication,
  watch,
  follow,
}: {
  clocks: NodeClocks;
  /** Undefined where no write waits for replicas. */
  replication: Replication | undefined;
  /** Undefined where no writes are echoed. */
  watch: MasterWatch | undefined;
  /** Undefined where no commands are traced. */
  follow: FollowCommand | undefined;
}): (node: Redis, mode?: SendingMode) => Server {
  const servers = new WeakMap<Redis, Server>();
  return follow ? (node, mode) => followed(follow, node, serverFor(node, mode)) : serverFor;

  function serverFor(node: Redis, { isAsking, isKept } = { isAsking: false, isKept: false }) {
    const server = isAsking ? createServer(node, { isAsking }) : serverOf(node);
    return isKept && replication ? replication.serverOf(node, server, { isAsking }) : server;
  }

  function serverOf(node: Redis): Server {
    const known = servers.get(node) ?? createServer(node);
    servers.set(node, known);
    return known;
  }

  function createServer(node: Redis, { isAsking = false } = {}): Server {
    return {
      call(command, args) {
        // Otherwise the library would send it later, once a connecting server of a cluster is ready.
        if (node.status !== 'ready') return Promise.reject(new Error(NOT_CONNECTED));
        // On one connection, with nothing in between.
        if (isAsking) node.call('asking').catch(() => {});
        return command === 'evalsha' ? sendScript(node, args) : node.callBuffer(command, args);
      },
      ...sampledServer(node, watch),
      knownClock: () => (node.status === 'ready' ? clocks.known(node) : undefined),
      async clock() {
        if (node.status !== 'ready') throw new Error(NOT_CONNECTED);
        return clocks.of(node);
      },
    };
  }
}

function followed(follow: FollowCommand, { options }: Redis, server: Server): Server {
  const { host = '', port = 0 } = options;
  return followedServer(server, { host, port, follow });
}
