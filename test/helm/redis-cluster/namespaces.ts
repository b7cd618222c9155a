// Network namespaces: one that holds a bridge and whatever is a client, and one for each Pod with
// an address of its own. Nothing of them is seen outside, and all Pods can use the same ports.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The bridge, and what hangs on it. */
export type Namespaces = {
  /** The namespace with the bridge in it. */
  hub: string;
  /** Gives a Pod's namespace this address, in place of any that it had, and returns its name. */
  place(pod: number, address: string): Promise<string>;
  remove(): Promise<void>;
};

/** Where podman and nsenter find a namespace. */
export const pathOf = (namespace: string): string => `/run/netns/${namespace}`;

/** Makes the bridge, whose network is 10.77.0.0/16. Needs root. */
export async function createNamespaces(): Promise<Namespaces> {
  const prefix = `cgs${process.pid}`;
  const hub = `${prefix}-hub`;
  const made = new Set<string>([hub]);
  await ip(`netns add ${hub}`);
  await ip(
    `-n ${hub} link set lo up`,
    `-n ${hub} link add bridge type bridge`,
    `-n ${hub} addr add 10.77.0.1/16 dev bridge`,
    `-n ${hub} link set bridge up`,
  );

  return {
    hub,
    async place(pod, address) {
      const name = `${prefix}-${pod}`;
      if (!made.has(name)) {
        made.add(name);
        await ip(
          `netns add ${name}`,
          `-n ${name} link set lo up`,
          `-n ${hub} link add pod${pod} type veth peer name eth0 netns ${name}`,
          `-n ${hub} link set pod${pod} master bridge up`,
          `-n ${name} link set eth0 up`,
        );
      }
      await ip(`-n ${name} addr flush dev eth0`, `-n ${name} addr add ${address}/16 dev eth0`);
      return name;
    },
    async remove() {
      for (const name of made) await ip(`netns del ${name}`);
    },
  };
}

async function ip(...commands: string[]): Promise<void> {
  for (const command of commands) await run('ip', command.split(' '));
}
