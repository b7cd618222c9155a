import { NOT_CONNECTED } from './failure-reason.ts';
import { addressOf } from './node-address.ts';
import type { Topology } from './topology.ts';

/** Resolves if the master at an address answers, or if none is there any more. Rejects if it is not
 * connected, or does not answer in time. */
export async function askMaster(topology: Topology, address: string): Promise<void> {
  const masters = topology.masters();
  const master = masters.find(({ options }) => addressOf(options) === address);
  const isReplaced = topology.owns ? !topology.owns(address) : masters.length > 0;
  if (master === undefined && isReplaced) return;
  if (master?.status !== 'ready') throw new Error(NOT_CONNECTED);
  await master.call('time').catch((error) => {
    // A refusal is an answer.
    if (error.name !== 'ReplyError') throw error;
  });
}
