import type { Socket } from 'node:net';
import type { Redis } from 'ioredis';

/**
 * Sends the commands of one turn of the event loop in one write. ioredis writes each command by
 * itself, and under load that system call is the most expensive part of an append; its own
 * autopipelining holds the commands of the next turn back until the answers of this one arrive.
 */
export function gatherWrites(node: Redis): void {
  node.on('connect', () => corkWrites(node.stream as Socket));
}

function corkWrites(socket: Socket): void {
  const write = socket.write.bind(socket);
  socket.write = ((...args: Parameters<typeof write>) => {
    if (socket.writableCorked === 0) {
      socket.cork();
      setImmediate(() => socket.uncork());
    }
    return write(...args);
  }) as typeof socket.write;
}
