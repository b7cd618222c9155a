import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, Erased } from './answers.ts';
import type { OpenDoors } from './doors.ts';
import type { SentErase } from './ledger.ts';
import { type Load, sessionsOf } from './load.ts';

const ATTEMPTS_MAX = 12;
const PAUSE_MS = 150;
/** Between two erases of a writer. */
const BETWEEN_MS = 350;

/** Erases sessions, and repeats each erase by its id until it is answered. */
export async function eraseSessions(load: Load): Promise<void> {
  const { random } = load;
  const sessions = sessionsOf(load, 'erased');
  while (!load.isOver()) {
    await pause(random.below(2 * BETWEEN_MS));
    const { sessionId } = random.pick(sessions);
    const eraseId = `erase-${load.ledger.erases.length}-${random.below(2 ** 30)}`;
    await erase(load, [sessionId], ({ webhook, grpc }) =>
      (random.chance(0.5) ? webhook : grpc).erase(sessionId, eraseId),
    );
  }
}

/** Erases users with all their sessions. */
export async function eraseUsers(load: Load): Promise<void> {
  const { random } = load;
  const sessions = sessionsOf(load, 'erased with its user');
  const users = [...new Set(sessions.map(({ userId }) => userId))];
  while (!load.isOver()) {
    await pause(random.below(4 * BETWEEN_MS));
    const userId = random.pick(users);
    const ofUser = sessions.filter((session) => session.userId === userId);
    await erase(
      load,
      ofUser.map(({ sessionId }) => sessionId),
      ({ webhook }) => webhook.eraseUser(userId),
    );
  }
}

async function erase(
  load: Load,
  sessionIds: string[],
  attempt: (doors: OpenDoors) => Promise<Answer<Erased>>,
): Promise<void> {
  const { ledger, random, pick } = load;
  const sent: SentErase = {
    sessionIds,
    sentMs: performance.now(),
    settledMs: Number.POSITIVE_INFINITY,
    durability: undefined,
  };
  ledger.erases.push(sent);
  for (let count = 0; count < ATTEMPTS_MAX && sent.durability === undefined; count++) {
    if (count > 0) await pause(PAUSE_MS * (0.5 + random.below(100) / 100));
    const answer = await attempt(await pick(random, count === 0 ? load.home : undefined));
    ledger.count(`erase ${answer.is === 'done' ? 'done' : answer.reason}`);
    if (answer.is === 'done') sent.durability = answer.value.durability;
  }
  sent.settledMs = performance.now();
}
