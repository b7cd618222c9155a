import type { StoreWarningKind } from '../../store-setup.ts';

/** What endangers sessions, as a sentence. */
export type SetupWarning = { kind: StoreWarningKind; text: string };
