// The service under attack: a process of its own, on the embedded store, with a flow definition.

import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { heapFlags } from '../../../src/process/heap-flags.ts';
import { createFolder, type RunningProcess, startProcess } from '../../main/running-process.ts';
import { SECRET } from '../../support/running-app.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Ports } from './lane.ts';

const DEFINITION = join(import.meta.dirname, '../../../examples/flows/checkout.json');

/** The memory that the process may use: its heap is as large as in a container with this limit,
 * which would be killed beyond it. */
export const MEMORY_LIMIT_MIB = 512;

/** Where they are behind the name, in proc(5). */
const USER_TIME = 11;
const SYSTEM_TIME = 12;
const MS_PER_TICK = 10;

export type FuzzedService = {
  running: RunningProcess;
  ports: Ports;
  /** Undefined as long as the process runs. */
  end(): number | string | null | undefined;
  /** The resident memory, and its highest value so far, in MiB. */
  memory(): { nowMiB: number; peakMiB: number };
  /** The time that the process has computed for, ms, exact to a tick of the system's clock (10
   * ms). */
  computedMs(): number;
  /** The value of a metric, by its line up to the value. */
  metrics(): Promise<(line: string) => number>;
};

/** Starts the service; it is killed when the test ends. */
export async function startFuzzedService(rpcToken: string | undefined): Promise<FuzzedService> {
  const folder = createFolder();
  const flows = join(folder, 'flows');
  mkdirSync(flows);
  cpSync(DEFINITION, join(flows, 'checkout.json'));
  const running = startProcess(
    { COGNIGY_WEBHOOK_SECRET: SECRET, FLOWS_DIR: flows, ...(rpcToken && { RPC_TOKEN: rpcToken }) },
    { folder, nodeArguments: heapFlags(MEMORY_LIMIT_MIB * 1024 * 1024) },
  );
  let end: number | string | null | undefined;
  running.exited.then((code) => {
    end = code;
  });
  const [webhook, rpc, admin] = await Promise.all([
    running.address('webhook'),
    running.address('rpc'),
    running.address('admin'),
  ]);
  await waitFor(async () => {
    const { status } = await fetch(`http://${admin}/readyz`);
    if (status !== 200) throw new Error(`not ready: ${status}`);
  });
  return {
    running,
    ports: { webhook: portOf(webhook), rpc: portOf(rpc), admin: portOf(admin) },
    end: () => end,
    memory() {
      const status = readFileSync(`/proc/${running.child.pid}/status`, 'utf8');
      const inMiB = (name: string) =>
        Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
      return { nowMiB: inMiB('VmRSS'), peakMiB: inMiB('VmHWM') };
    },
    computedMs() {
      const stat = readFileSync(`/proc/${running.child.pid}/stat`, 'utf8');
      // The name of the program, which may hold anything, ends with the last parenthesis.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) * MS_PER_TICK;
    },
    async metrics() {
      const lines = (await (await fetch(`http://${admin}/metrics`)).text()).split('\n');
      return (wanted) => {
        const line = lines.find((each) => each.startsWith(`${wanted} `));
        if (line === undefined) throw new Error(`there is no metric ${wanted}`);
        return Number(line.slice(wanted.length));
      };
    },
  };
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
