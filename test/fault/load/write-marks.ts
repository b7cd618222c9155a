import { setTimeout as pause } from 'node:timers/promises';
import type { SentUpdate } from './ledger.ts';
import type { Load } from './load.ts';
import { sendUpdate } from './send-update.ts';

const KINDS = ['kept', 'erased', 'erased with its user'];
/** Between two updates of a writer. */
const PAUSE_MS = 25;

/** Adds marks to the sessions of one shard that do not count, one after another. */
export async function writeMarks(load: Load): Promise<void> {
  const { random, ledger } = load;
  const sessions = load.ofOneShard.filter(({ kind }) => KINDS.includes(kind));
  while (!load.isOver()) {
    await sendUpdate(load, {
      session: random.pick(sessions),
      part: random.pick(['variables', 'context'] as const),
      identity: identity(),
    });
    await pause(random.below(2 * PAUSE_MS));
  }

  function identity(): SentUpdate['identity'] {
    const number = ledger.updates.length + 1;
    if (random.chance(0.6)) return { updateId: `update-${number}` };
    if (random.chance(0.5)) return { inputId: `input-${number}`, sequence: number };
    return {};
  }
}
