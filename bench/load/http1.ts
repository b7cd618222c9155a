// A closed load over HTTP/1.1: each connection sends its next request when the last is answered.

import { http1Request, openHttp1Connection } from './http1-connection.ts';
import type { Load } from './load.ts';
import { createNumberedMessages, type NumberedMessage } from './numbered-messages.ts';

export async function runHttp1Load(load: Load): Promise<void> {
  const next = createNumberedMessages(load, (message) => http1Request(load, message));
  await Promise.all(Array.from({ length: load.inFlight }, () => runConnection(load, next)));
}

function runConnection({ port }: Load, next: () => NumberedMessage | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const send = () => {
      const message = next();
      if (message) return connection.send(message);
      connection.close();
      resolve();
    };
    const connection = openHttp1Connection(port, {
      connected: send,
      answered: send,
      failed: reject,
    });
  });
}
