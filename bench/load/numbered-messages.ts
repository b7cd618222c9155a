import { SESSION_MARK, sessionName } from '../example-update.ts';
import type { Load } from './load.ts';

/** Coprime to any round number of sessions: all are used in turn, and neighbours far apart. */
const STRIDE = 7919;

/** Returns the load's messages one by one, each with its session's name in it; undefined after the
 * last. `text` is the message with everything around it. */
export function createNumberedMessages(load: Load, text: Buffer): () => Buffer | undefined {
  const { firstRequest, requests, firstSession, sessions } = load;
  const places: number[] = [];
  for (let place = text.indexOf(SESSION_MARK); place >= 0; ) {
    places.push(place);
    place = text.indexOf(SESSION_MARK, place + 1);
  }
  let number = firstRequest;
  return () => {
    if (number === firstRequest + requests) return undefined;
    const numbered = Buffer.from(text);
    const name = sessionName(firstSession + ((number * STRIDE) % sessions));
    for (const place of places) numbered.write(name, place, 'latin1');
    number++;
    return numbered;
  };
}
