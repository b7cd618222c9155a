// A slot with sessions under load is moved to another shard, key by key.

import { type Fault, never, ON_CLUSTER } from './fault.ts';
import { beginMigration } from './slot-migration.ts';

export const migrateSlot: Fault = {
  name: 'migrate-slot',
  worlds: ON_CLUSTER,
  mayLose: never,
  lastsMs: 0,
  async strike(target) {
    const move = await beginMigration(target);
    await move.keys();
    return () => move.end();
  },
};
