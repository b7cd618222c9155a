// The network between the processes of a world, all on one machine: a proxy in front of each port
// of each server. It knows which process is at either end of a connection, so a fault can be
// between any two of them.
//
// A cut connection is like one whose packets are lost: what is sent waits, and is delivered after
// the repair, also where the sender has closed the connection since; as a kernel does.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { connectionOwners } from './socket-owner.ts';

/** A process, by its name in this world. */
export type Party = string;

export type Ends = {
  /** Unknown where it is no process of this world. */
  from: Party | undefined;
  to: Party;
  /** Whether the port is that of the bus by which the servers of a cluster watch each other. */
  isBus: boolean;
};

/** What happens to connections between some processes. */
export type NetworkRule = {
  concerns(ends: Ends): boolean;
  /** `hold`: delivered when the rule ends. `drop`: lost, and the connection is closed. A number:
   * delivered so many ms later. Nothing: delivered at once. */
  requests?: 'hold' | number;
  replies?: 'hold' | 'drop' | number;
};

/** Ends a rule. What was held is delivered, or lost with its connections. */
export type EndRule = (held?: 'deliver' | 'lose') => void;

export type Network = {
  /** Opens a port that leads to a port of a process, and gives it. */
  front(party: Party, port: number, options?: { isBus: boolean }): Promise<number>;
  /** Which process has which name, by its id at the moment. */
  name(party: Party, pid: () => number | undefined): void;
  /** Puts a rule in force. */
  add(rule: NetworkRule): EndRule;
  close(): void;
};

type Direction = { queue: (Buffer | 'end')[]; into: Socket };
type Line = {
  client: Socket;
  from: Party | undefined;
  /** Whether `from` was looked up. */
  isNamed: boolean;
  to: Party;
  isBus: boolean;
  requests: Direction;
  replies: Direction;
};

export function createNetwork(): Network {
  const servers: Server[] = [];
  const lines = new Set<Line>();
  const rules = new Set<NetworkRule>();
  const pids = new Map<Party, () => number | undefined>();

  return {
    async front(party, port, { isBus } = { isBus: false }) {
      const server = createServer((socket) => accept(socket, { party, port, isBus }));
      servers.push(server);
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    },
    name(party, pid) {
      pids.set(party, pid);
    },
    add(rule) {
      rules.add(rule);
      return (held = 'deliver') => {
        rules.delete(rule);
        if (held === 'lose') for (const line of lines) if (rule.concerns(endsOf(line))) lose(line);
        for (const line of lines)
          for (const way of ['requests', 'replies'] as const) flush(line, way);
      };
    },
    close() {
      for (const server of servers) server.close();
      for (const { requests, replies } of lines) {
        requests.into.destroy();
        replies.into.destroy();
      }
    },
  };

  function accept(
    client: Socket,
    { party, port, isBus }: { party: Party; port: number; isBus: boolean },
  ): void {
    client.setNoDelay(true);
    const target = connect({ host: '127.0.0.1', port, noDelay: true });
    const line: Line = {
      client,
      from: undefined,
      isNamed: false,
      to: party,
      isBus,
      requests: { queue: [], into: target },
      replies: { queue: [], into: client },
    };
    lines.add(line);
    const join = (source: Socket, way: 'requests' | 'replies') => {
      source.on('data', (bytes: Buffer) => pass(line, way, bytes));
      source.on('close', () => pass(line, way, 'end'));
      source.on('error', () => {});
    };
    join(client, 'requests');
    join(target, 'replies');
    // A server that does not listen refuses, and so does its proxy.
    target.once('error', () => client.resetAndDestroy());
    target.once('close', () => lines.delete(line));
  }

  /** Looks up the processes at the other ends of all connections of which they are not known:
   * each look costs some milliseconds, in which nothing passes. */
  function nameAll(): void {
    const named = new Map<number, Party>();
    for (const [party, pid] of pids) {
      const now = pid();
      if (now !== undefined) named.set(now, party);
    }
    const ownerOf = connectionOwners(named.keys());
    for (const line of lines) {
      if (line.isNamed) continue;
      const { remotePort = 0, localPort = 0 } = line.client;
      line.isNamed = true;
      line.from = named.get(ownerOf({ from: remotePort, to: localPort }) ?? 0);
    }
  }

  /** Who is at the other end is looked up when a rule asks for it. */
  function endsOf(line: Line): Ends {
    return {
      to: line.to,
      isBus: line.isBus,
      get from() {
        if (!line.isNamed) nameAll();
        return line.from;
      },
    };
  }

  function lose({ requests, replies }: Line): void {
    requests.queue = [];
    replies.queue = [];
    replies.into.resetAndDestroy();
    requests.into.destroy();
  }

  function pass(line: Line, way: 'requests' | 'replies', what: Buffer | 'end'): void {
    const rule = ruleOf(line, way);
    if (rule === 'drop') {
      lose(line);
      return;
    }
    line[way].queue.push(what);
    if (typeof rule === 'number') setTimeout(() => flush(line, way, 1), rule);
    else flush(line, way);
  }

  function ruleOf(line: Line, way: 'requests' | 'replies'): 'hold' | 'drop' | number | undefined {
    let found: 'hold' | 'drop' | number | undefined;
    for (const rule of rules) if (rule.concerns(endsOf(line))) found = rule[way] ?? found;
    return found;
  }

  /** Delivers what waits, or so many pieces of it, unless it is to wait. */
  function flush(line: Line, way: 'requests' | 'replies', count = Number.POSITIVE_INFINITY): void {
    if (ruleOf(line, way) === 'hold') return;
    const { queue, into } = line[way];
    for (const what of queue.splice(0, count)) {
      if (what === 'end') into.end();
      else if (into.writable) into.write(what);
    }
  }
}
