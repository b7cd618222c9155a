// A closed load over HTTP/1.1: each connection sends its next request when the last is answered.

import { http1Request, openHttp1Connection } from './http1-connection.ts';
import type { Load } from './load.ts';
import { createNumberedMessages } from './numbered-messages.ts';

export async function runHttp1Load(load: Load): Promise<void> {
  const next = createNumberedMessages(load, http1Request(load));
  await Promise.all(Array.from({ length: load.inFlight }, () => runConnection(load, next)));
}

function runConnection(load: Load, next: () => Buffer | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const send = () => {
      const message = next();
      if (message) return connection.send(message);
      connection.close();
      resolve();
    };
    const connection = openHttp1Connection(load, {
      connected: send,
      answered: send,
      failed: reject,
    });
  });
}
