// One of the clients that attack at once: sends an input, waits for what comes of it, sends the
// next.

import type { Input, ListenerName } from '../input.ts';
import { KeptConnection, notAnswered, sendAndLeave } from './http1-exchange.ts';
import { Http2Connection, sendFrames } from './http2-exchange.ts';
import type { Outcome } from './outcome.ts';

export type Ports = Readonly<Record<ListenerName, number>>;

export class Lane {
  readonly #ports: Ports;
  readonly #markers: readonly string[];
  readonly #http1 = new Map<ListenerName, KeptConnection>();
  readonly #http2 = new Map<ListenerName, Http2Connection>();

  constructor(ports: Ports, markers: readonly string[]) {
    this.#ports = ports;
    this.#markers = markers;
  }

  /** Sends the input; resolves when it is answered, or when it is certain that it will not be. */
  send(input: Input): Promise<Outcome> {
    const peer = { port: this.#ports[input.listener], markers: this.#markers };
    if (input.transport === 'http1') {
      return input.answers === 'any'
        ? sendAndLeave(peer, input)
        : this.#keptHttp1(input.listener).exchange(input);
    }
    return input.answers === 'any' ? sendFrames(peer, input) : this.#call(input);
  }

  close(): void {
    for (const connection of [...this.#http1.values(), ...this.#http2.values()]) connection.close();
  }

  #keptHttp1(listener: ListenerName): KeptConnection {
    const kept =
      this.#http1.get(listener) ??
      new KeptConnection({ port: this.#ports[listener], markers: this.#markers });
    this.#http1.set(listener, kept);
    return kept;
  }

  async #call(input: Input & { transport: 'http2' }): Promise<Outcome> {
    // As with HTTP/1.1: a call that met the end of a kept connection is sent once more.
    for (let attempt = 0; attempt < 2; attempt++) {
      const outcome = await this.#keptHttp2(input.listener).call(input);
      if (outcome) return outcome;
    }
    return notAnswered('twice the connection was closed without an answer');
  }

  #keptHttp2(listener: ListenerName): Http2Connection {
    const kept = this.#http2.get(listener);
    if (kept?.isUsable) return kept;
    const opened = new Http2Connection({ port: this.#ports[listener], markers: this.#markers });
    this.#http2.set(listener, opened);
    return opened;
  }
}
