import type { Load, LoadedSession } from './load.ts';
import { sendUpdate } from './send-update.ts';

/** Sends an update to a session whose lock somebody holds with that token, at least until then: one
 * without a token, or with that of an earlier holder. It must be refused. */
export async function writeWithoutLock(
  load: Load,
  { session, token, untilMs }: { session: LoadedSession; token: string; untilMs: number },
): Promise<void> {
  const { ledger, random } = load;
  const { sessionId } = session;
  const former = ledger.held.findLast(
    (held) => held.sessionId === sessionId && held.token !== token,
  );
  const isFormer = former !== undefined && random.chance(0.5);
  const update = await sendUpdate(load, {
    ...{ session, part: 'context', identity: {} },
    ...(isFormer && { condition: { lockToken: former.token } }),
  });
  ledger.count(`without lock: ${update.settledAs}`);
  // A spooled one waits for the lock.
  if (update.acknowledged === undefined || update.acknowledged.durability === 'spooled') return;
  if (update.settledMs >= untilMs) return;
  const what = isFormer ? `with the former token ${former.token}` : 'without a token';
  ledger.withoutLock.push(
    `${sessionId} ${update.mark} was written ${what} while ${token} held the lock`,
  );
}
