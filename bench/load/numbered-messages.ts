import { SESSION_MARK, sessionName } from '../example-update.ts';
import type { Load, Message } from './load.ts';

/** Coprime to any round number of sessions: all are used in turn, and neighbours far apart. */
const STRIDE = 7919;

/** A message with its session's name in it, as it is sent. */
export type NumberedMessage = { bytes: Buffer; message: Message };

/** Returns the load's messages one by one; undefined after the last. `written` is a message with
 * everything around it. */
export function createNumberedMessages(
  load: Load,
  written: (message: Message) => Buffer,
): () => NumberedMessage | undefined {
  const { messages, firstRequest, requests, firstSession, sessions } = load;
  const templates = messages.map((message) => templateOf(message, written(message)));
  let number = firstRequest;
  return () => {
    if (number === firstRequest + requests) return undefined;
    const place = Math.floor(number / sessions) % templates.length;
    const { message, text, marks } = templates[place] as (typeof templates)[number];
    const bytes = Buffer.from(text);
    const name = sessionName(firstSession + ((number * STRIDE) % sessions));
    for (const mark of marks) bytes.write(name, mark, 'latin1');
    number++;
    return { bytes, message };
  };
}

function templateOf(message: Message, text: Buffer) {
  const marks: number[] = [];
  for (
    let mark = text.indexOf(SESSION_MARK);
    mark >= 0;
    mark = text.indexOf(SESSION_MARK, mark + 1)
  )
    marks.push(mark);
  return { message, text, marks };
}
