import type { Socket } from 'node:net';

/** How long the second piece follows the first: longer than a read of the server takes. */
const BETWEEN_MS = 2;

/** Writes the bytes, in two pieces if they are to be cut, then calls `sent`. */
export function sendInPieces(
  socket: Socket,
  { bytes, cutAt }: { bytes: Buffer; cutAt?: number | undefined },
  sent: () => void = () => {},
): void {
  if (cutAt === undefined) {
    socket.write(bytes, sent);
    return;
  }
  const cut = Math.floor(bytes.length * cutAt);
  socket.write(bytes.subarray(0, cut));
  setTimeout(() => socket.write(bytes.subarray(cut), sent), BETWEEN_MS);
}
