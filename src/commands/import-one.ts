// The import of one key of a former service: what happens to it, or with a dry run would happen.

import { type BaseParts, readLegacy, storeBase } from '../service/legacy/store-base.ts';
import { missingValueIn } from '../session/identifier.ts';
import { LEGACY_DAMAGES, type LegacyDamage } from '../session/legacy/legacy-state.ts';
import { ID_MAX_LENGTH } from '../session/limits.ts';
import { createBaseId } from '../session/update-id.ts';
import type { LegacyKey } from '../store/legacy-store.ts';
import { recentFrom } from '../store/recent-updates.ts';

/** What became of keys: those whose state is in the store now, and those that were skipped. */
export const IMPORT_RESULTS = [
  'imported',
  'joined',
  'known',
  'erased',
  'expired',
  'bad_id',
  ...LEGACY_DAMAGES,
] as const;
export type ImportResult = (typeof IMPORT_RESULTS)[number];

/** Imports a key, again without harm. A damaged value is skipped: it stays where it is, and a
 * process with LEGACY_STATE=read answers the fallback. Throws StoreUnavailable. */
export async function importOne(
  parts: BaseParts,
  { kind, sessionId }: LegacyKey,
  { isDryRun }: { isDryRun: boolean },
): Promise<ImportResult> {
  if (missingValueIn(sessionId) !== undefined || [...sessionId].length > ID_MAX_LENGTH)
    return 'bad_id';
  const [value] = await parts.legacy.find(sessionId, [kind]);
  if (value === undefined) return 'expired';
  const found = { sessionId, value };
  const { state, damage } = readLegacy(found);
  if (damage !== undefined) return damage;
  if (isDryRun) return plannedResult(parts, { kind, sessionId, userId: state.userId });
  return (await storeBase(parts, found)).result as Exclude<ImportResult, LegacyDamage>;
}

async function plannedResult(
  { store }: BaseParts,
  { kind, sessionId, userId }: LegacyKey & { userId: string },
): Promise<ImportResult> {
  const { session, tombstone } = await store.inspect(sessionId);
  const updateId = createBaseId({ sessionId, layout: kind });
  const updates = [
    ...(session?.frames ?? []).map(({ name }) => name),
    ...recentFrom(session?.recent ?? '').map((update) => update.updateId),
  ];
  if (updates.includes(updateId)) return 'known';
  if (tombstone !== undefined) return 'erased';
  if (userId !== '' && (await store.inspectUser(userId)).tombstone !== undefined) return 'erased';
  return session === undefined ? 'imported' : 'joined';
}
