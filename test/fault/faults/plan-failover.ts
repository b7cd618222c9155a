// An operator lets a replica take over: CLUSTER FAILOVER, SENTINEL FAILOVER.

import { type Fault, ON_REDIS, underSentinel } from './fault.ts';

export const planFailover: Fault = {
  name: 'plan-failover',
  worlds: ON_REDIS,
  mayLose: underSentinel,
  failovers: 1,
  lastsMs: 300,
  async strike({ shard }) {
    await shard.failOver();
    return async () => {};
  },
};
