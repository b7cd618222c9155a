// Servers of a cluster that name no host. With `cluster-preferred-endpoint-type unknown-endpoint`
// the map of slots has NULL instead of each host, and a redirection has nothing before the port:
// both mean the host that was asked, which may be a proxy or a NAT. With `hostname`, a server
// without a host name has "?" there, followed by its address.
//
// ioredis ignores such entries of the map, so that it never connects, and follows a redirection
// without a host to 127.0.0.1. It has no option for either: natMap does not get the server that was
// asked.

import type { Redis } from 'ioredis';

/** The host of a server that has no name, or whose name the answering server does not know yet. */
export const UNKNOWN_HOST = '?';

/** A server in the answer to CLUSTER SLOTS: host, port, id, and names and values of what else is
 * known. */
type Entry = [host: string | null, port: number, id?: string, metadata?: string[]];
type SlotRange = [first: number, last: number, ...servers: Entry[]];
type Answered = (error: Error | null, ranges?: SlotRange[]) => void;

/** Completes the missing hosts in the answers of a cluster's server with the host at which it was
 * asked. Calls `onNoSlots` when it answers that no slots are served, which ioredis does not treat as
 * an error. */
export function completeEndpoints(node: Redis, { onNoSlots }: { onNoSlots: () => void }): void {
  const { host = '', reconnectOnError } = node.options;
  node.options.reconnectOnError = (error) => {
    error.message = withHost(error.message, host);
    return reconnectOnError?.(error) ?? false;
  };
  // The map is read on a connection of its own, which is made for each reading.
  const duplicate = node.duplicate.bind(node);
  node.duplicate = (override) => {
    const asking = duplicate(override);
    const cluster = asking.cluster.bind(asking) as (
      subcommand: 'SLOTS',
      answered: Answered,
    ) => unknown;
    const completed = (subcommand: 'SLOTS', answered: Answered) =>
      cluster(subcommand, (error, ranges) => {
        if (ranges?.length === 0) onNoSlots();
        answered(error, ranges && completedRanges(ranges, host));
      });
    asking.cluster = completed as typeof asking.cluster;
    return asking;
  };
}

/** The answer to CLUSTER SLOTS of the server at that host, without hosts that are missing. */
export function completedRanges(ranges: readonly SlotRange[], host: string): SlotRange[] {
  return ranges.map((range) => withHosts(range, host));
}

/** MOVED and ASK are followed by slot, host and port. */
function withHost(message: string, host: string): string {
  return message.replace(/^(MOVED|ASK) (\d+) :(?=\d)/, `$1 $2 ${host}:`);
}

function withHosts([first, last, ...servers]: SlotRange, asked: string): SlotRange {
  return [first, last, ...servers.map((server) => withEndpoint(server, asked))];
}

function withEndpoint([host, port, ...rest]: Entry, asked: string): Entry {
  const [, metadata = []] = rest;
  const address = metadata[metadata.indexOf('ip') + 1];
  // A server that never connected to another one does not know its own address: it can only be the
  // server that was asked.
  const unnamed = host === UNKNOWN_HOST ? address || asked : asked;
  return [!host || host === UNKNOWN_HOST ? unnamed : host, port, ...rest];
}
