// The migration of a slot stops half-way: for a while some of its keys are at one shard, some at
// the other, and new ones are created at the other.

import { type Fault, never, ON_CLUSTER } from './fault.ts';
import { beginMigration } from './slot-migration.ts';

export const halfMigrateSlot: Fault = {
  name: 'half-migrate-slot',
  worlds: ON_CLUSTER,
  mayLose: never,
  lastsMs: 2000,
  async strike(target) {
    const move = await beginMigration(target);
    await move.keys({ isHalf: true });
    return () => move.end();
  },
};
