import { type Compactor, createCompactor } from './compactor.ts';
import { createInspect, createInspectUser } from './inspect.ts';
import { createPersist } from './persist.ts';
import { createRestore } from './restore.ts';
import type { ServiceParts } from './service-parts.ts';
import type { SessionService } from './session-service.ts';
import { createUserIndex } from './user-index.ts';

/** The use cases over one store. `compactor` is the work they leave behind, to be waited for on shutdown. */
export function createSessionService(parts: ServiceParts): SessionService & { compactor: Compactor } {
  const compactor = createCompactor(parts);
  const userIndex = createUserIndex(parts.store, parts.patience.nowMonotonicMs);
  return {
    persist: createPersist(parts, { compactor, userIndex }),
    restore: createRestore(parts),
    inspect: createInspect(parts),
    inspectUser: createInspectUser(parts),
    compactor,
  };
}
