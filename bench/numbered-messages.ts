import { SESSION_MARK, sessionName } from './example-update.ts';
import type { Load } from './load.ts';

/** Coprime to any round number of sessions: all are used in turn, and neighbours far apart. */
const STRIDE = 7919;

/** Returns the load's messages one by one, each with its session's name in it; undefined after the
 * last. `message` is the body with everything around it. */
export function createNumberedMessages(load: Load, message: Buffer): () => Buffer | undefined {
  const { firstRequest, requests, firstSession, sessions } = load;
  const place = message.indexOf(SESSION_MARK);
  let number = firstRequest;
  return () => {
    if (number === firstRequest + requests) return undefined;
    const numbered = Buffer.from(message);
    numbered.write(sessionName(firstSession + ((number * STRIDE) % sessions)), place, 'latin1');
    number++;
    return numbered;
  };
}
