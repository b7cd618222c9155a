// Servers of a cluster that name no host. With `cluster-preferred-endpoint-type unknown-endpoint`
// the map of slots has NULL in the place of each host, and a redirection has nothing before the
// port: both mean the host that was asked, which may be a proxy or a NAT. With `hostname`, a server
// that has none set is "?" there, and beside it is its address.
//
// ioredis leaves out such entries of the map, so that it never connects, and takes a redirection
// without a host for one to 127.0.0.1. It has no option for either: natMap is not told who was
// asked.

import type { Redis } from 'ioredis';

/** What a server says for the host of one that has no name, or whose name it has not heard yet. */
export const UNKNOWN_HOST = '?';

/** A server in the answer to CLUSTER SLOTS: host, port, id, and names and values of what else is
 * known. */
type Entry = [host: string | null, port: number, id?: string, metadata?: string[]];
type SlotRange = [first: number, last: number, ...servers: Entry[]];
type Answered = (error: Error | null, ranges?: SlotRange[]) => void;

/** Completes what this server of a cluster says of the others with the host under which it was
 * asked itself. Calls `onNoSlots` when it says that nobody serves anything, which is no error to
 * ioredis. */
export function completeEndpoints(node: Redis, { onNoSlots }: { onNoSlots: () => void }): void {
  const { host = '', reconnectOnError } = node.options;
  node.options.reconnectOnError = (error) => {
    error.message = withHost(error.message, host);
    return reconnectOnError?.(error) ?? false;
  };
  // The map is asked for on a connection of its own, made for each question.
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
        answered(
          error,
          ranges?.map((range) => withHosts(range, host)),
        );
      });
    asking.cluster = completed as typeof asking.cluster;
    return asking;
  };
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
  // A server that never met another one does not know its own address: it can only be the one that
  // was asked.
  const unnamed = host === UNKNOWN_HOST ? address || asked : asked;
  return [!host || host === UNKNOWN_HOST ? unnamed : host, port, ...rest];
}
