import type { Exchange } from './http-exchange.ts';

/** What reading a body gives, unless the listener refuses to wait for the rest of it: then its refusal. */
export function unlessRefused<Body>(exchange: Exchange, reading: Promise<Body>): Promise<Body> {
  return new Promise((resolve, reject) => {
    exchange.refuseBody = reject;
    reading.then(resolve, reject);
  });
}
