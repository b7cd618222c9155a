// The use cases over a store, with settings that are in nobody's way, and what is posted to them.

import { createSessionService } from '../../src/service/create.ts';
import type { ServiceObserver, ServiceParts } from '../../src/service/parts.ts';
import type { PersistCommand, Receipt } from '../../src/service/session-service.ts';
import { createSpooling, type SpoolParts } from '../../src/service/spooling/spooling.ts';
import type { FlowDefinition } from '../../src/session/flow/definition.ts';
import type { PostedUpdate } from '../../src/session/session-update.ts';
import type { SessionStore } from '../../src/store/session-store.ts';

/** An update that says nothing. */
export const NOTHING: Omit<PostedUpdate, 'sessionId'> = {
  ...{ userId: '', flowId: '', timestamp: '', updateId: '', inputId: '', sequence: 0n },
  ...{ variables: [], context: [], removedVariables: [], removedContext: [], replace: [] },
  ...{ history: [], ttlSeconds: undefined, ttlMode: '' },
};

export function receiptNow(): Receipt {
  return { wallMicros: BigInt(Date.now()) * 1000n, monotonicMs: performance.now() };
}

/** An update of session `s`, received now, that says nothing but what is given. */
export function commandOf(given: Partial<PersistCommand> = {}): PersistCommand {
  return {
    ...NOTHING,
    sessionId: 's',
    receipt: receiptNow(),
    lockToken: '',
    ifMatch: '',
    ...given,
  };
}

/** What a test has of its own; everything else is roomy, quick and silent. */
export type TestServiceOptions = {
  settings?: Partial<ServiceParts['settings']>;
  /** Definitions by flow, `default` among them. */
  flows?: Record<string, Partial<FlowDefinition>>;
  patience?: Partial<ServiceParts['patience']>;
  observer?: Partial<ServiceObserver>;
  spool?: SpoolParts;
  frameOf?: ServiceParts['frameOf'];
  updateIdKeys?: ServiceParts['updateIdKeys'];
};

export function createTestService(store: SessionStore, options: TestServiceOptions = {}) {
  const { flows = {}, spool, frameOf, updateIdKeys } = options;
  return createSessionService({
    store,
    frameOf,
    updateIdKeys,
    settings: {
      ...{
        sessionTtlMs: 60_000,
        sessionMaxBytes: 1e6,
        historyMaxEntries: 500,
        restoreByUser: true,
      },
      ...{ lockTtlMs: 10_000, lockWaitMs: 500, quarantineTtlMs: 60_000, writeFormat: 1 },
      watchLimit: 100,
      ...options.settings,
    },
    flows: { of: (flowId) => definitionOf(flowId, flows[flowId] ?? flows.default) },
    patience: {
      ...{ requestDeadlineMs: 1000, nowMonotonicMs: () => performance.now(), random: () => 0 },
      ...options.patience,
    },
    createSpooling: spool && ((parts, work) => createSpooling(parts, { ...spool, ...work })),
    observer: new Proxy({ ...options.observer } as ServiceObserver, {
      get: (observer, event: keyof ServiceObserver) => observer[event] ?? (() => {}),
    }),
  });
}

function definitionOf(
  flowId: string,
  given: Partial<FlowDefinition> | undefined,
): FlowDefinition | undefined {
  if (!given) return undefined;
  const validate: FlowDefinition['validate'] = (posted) => ({ ...posted, violations: [] });
  const silent = { ttlMs: undefined, historyMaxEntries: undefined, fallback: undefined };
  return { flowId, ...silent, validate, ...given };
}
