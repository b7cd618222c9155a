// Every fault, one file each. A round strikes with one of them, or with several at once.

import { cutMasterFromReplicas } from './cut-master-from-replicas.ts';
import { cutSidecarFromMaster } from './cut-sidecar-from-master.ts';
import { dropReplies } from './drop-replies.ts';
import type { Fault } from './fault.ts';
import { fillMemory } from './fill-memory.ts';
import { fillSpoolDisk } from './fill-spool-disk.ts';
import { flushScripts } from './flush-scripts.ts';
import { formerVersion } from './former-version.ts';
import { halfMigrateSlot } from './half-migrate-slot.ts';
import { holdReplies } from './hold-replies.ts';
import { isolateMaster } from './isolate-master.ts';
import { killMaster } from './kill-master.ts';
import { killMasters } from './kill-masters.ts';
import { killReplica } from './kill-replica.ts';
import { killSidecar } from './kill-sidecar.ts';
import { laggingReplica } from './lagging-replica.ts';
import { migrateSlot } from './migrate-slot.ts';
import { pauseMaster } from './pause-master.ts';
import { pauseReplica } from './pause-replica.ts';
import { pauseSidecar } from './pause-sidecar.ts';
import { planFailover } from './plan-failover.ts';
import { restartMaster } from './restart-master.ts';
import { restartSidecars } from './restart-sidecars.ts';
import { setClockOfSidecar } from './set-clock-of-sidecar.ts';
import { setClockOfStore } from './set-clock-of-store.ts';
import { slowStore } from './slow-store.ts';
import { truncateFile } from './truncate-file.ts';

export const FAULTS: readonly Fault[] = [
  killMaster,
  killMasters,
  restartMaster,
  pauseMaster,
  killReplica,
  pauseReplica,
  killSidecar,
  pauseSidecar,
  planFailover,
  cutSidecarFromMaster,
  cutMasterFromReplicas,
  laggingReplica,
  isolateMaster,
  slowStore,
  holdReplies,
  dropReplies,
  fillMemory,
  fillSpoolDisk,
  flushScripts,
  truncateFile,
  setClockOfSidecar,
  setClockOfStore,
  restartSidecars,
  formerVersion,
  migrateSlot,
  halfMigrateSlot,
];

/** The fault of that name. */
export function faultNamed(name: string): Fault {
  const found = FAULTS.find((fault) => fault.name === name);
  const names = () => FAULTS.map((fault) => fault.name).join(', ');
  if (found === undefined) throw new Error(`there is no fault ${name}; there are ${names()}`);
  return found;
}
