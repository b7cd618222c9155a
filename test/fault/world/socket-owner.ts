// Which process opened a connection on this machine, from Linux' tables in /proc.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LOCAL_ADDRESS = 1;
const REMOTE_ADDRESS = 2;
const INODE = 9;

/** The one of these processes that has the connection from one port of 127.0.0.1 to another. */
export function ownerOf(
  connection: { from: number; to: number },
  pids: Iterable<number>,
): number | undefined {
  const inode = inodeOf(connection);
  if (inode === undefined) return undefined;
  const target = `socket:[${inode}]`;
  for (const pid of pids) if (hasOpen(pid, target)) return pid;
  return undefined;
}

function inodeOf({ from, to }: { from: number; to: number }): string | undefined {
  for (const line of readFileSync('/proc/net/tcp', 'latin1').split('\n')) {
    const columns = line.trim().split(/\s+/);
    if (portOf(columns[LOCAL_ADDRESS]) === from && portOf(columns[REMOTE_ADDRESS]) === to)
      return columns[INODE];
  }
  return undefined;
}

/** The port of an address such as 0100007F:1F90. */
function portOf(address: string | undefined): number {
  return Number.parseInt(address?.split(':')[1] ?? '', 16);
}

function hasOpen(pid: number, target: string): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((name) => linkOf(`${folder}/${name}`) === target);
  } catch {
    // The process has ended.
    return false;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // A descriptor that was closed meanwhile.
    return undefined;
  }
}
