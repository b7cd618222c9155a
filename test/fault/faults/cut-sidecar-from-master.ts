// One sidecar does not reach a master that all others reach.

import { partyOf } from '../world/world.ts';
import { type Fault, never, ON_REDIS } from './fault.ts';

export const cutSidecarFromMaster: Fault = {
  name: 'cut-sidecar-from-master',
  worlds: ON_REDIS,
  mayLose: never,
  lastsMs: 2500,
  async strike({ world, shard, sidecar }) {
    const to = partyOf(await shard.master());
    const end = world.network.add({
      concerns: (ends) => ends.to === to && ends.from === sidecar.name,
      requests: 'hold',
      replies: 'hold',
    });
    return async () => end();
  },
};
