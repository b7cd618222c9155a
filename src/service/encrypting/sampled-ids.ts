import { type IdCiphers, isEncryptedId } from '../../session/encryption/id-cipher.ts';
import type { SessionStore } from '../../store/session-store.ts';

/** Keys that are looked at: below a millisecond of a server's time. */
const COUNT = 1000;

/** Of some sessions of a store, how many this process cannot find: their ids are not encrypted with
 * its key, or, where it has none, they are encrypted. Throws StoreUnavailable. */
export async function sampleIds(
  store: Pick<SessionStore, 'scanSessions'>,
  ids: IdCiphers | undefined,
): Promise<{ sessions: number; notFound: number }> {
  const step = await store.scanSessions({ position: '', idPrefix: '', count: COUNT });
  const storedIds = step?.sessionIds ?? [];
  const notFound = storedIds.filter((storedId) =>
    ids ? ids.session.opened(storedId) === undefined : isEncryptedId(storedId),
  );
  return { sessions: storedIds.length, notFound: notFound.length };
}
