// Which process opened a connection on this machine, from Linux' tables in /proc.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LOCAL_ADDRESS = 1;
const REMOTE_ADDRESS = 2;
const INODE = 9;

/** A connection from one port of 127.0.0.1 to another. */
export type Connection = { from: number; to: number };

/** Looks up now which of these processes has which connection open. */
export function connectionOwners(
  pids: Iterable<number>,
): (connection: Connection) => number | undefined {
  const owners = new Map<string, number>();
  for (const pid of pids) for (const link of openFilesOf(pid)) owners.set(link, pid);
  const links = new Map<string, string>();
  for (const line of readFileSync('/proc/net/tcp', 'latin1').split('\n')) {
    const columns = line.trim().split(/\s+/);
    const from = portOf(columns[LOCAL_ADDRESS]);
    links.set(`${from} ${portOf(columns[REMOTE_ADDRESS])}`, `socket:[${columns[INODE]}]`);
  }
  return ({ from, to }) => owners.get(links.get(`${from} ${to}`) ?? '');
}

/** The port of an address such as 0100007F:1F90. */
function portOf(address: string | undefined): number {
  return Number.parseInt(address?.split(':')[1] ?? '', 16);
}

function openFilesOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).flatMap((name) => linkOf(`${folder}/${name}`) ?? []);
  } catch {
    // The process has ended.
    return [];
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
