// Sends inputs over HTTP/1.1.

import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Http1Input } from '../input.ts';
import { readAnswer, statusesIn } from './answer-reader.ts';
import type { Outcome } from './outcome.ts';
import { Watch } from './received.ts';
import { sendInPieces } from './send-in-pieces.ts';

/** How long an answer may take before there is none: longer than any deadline of the service for
 * a request that has come in whole. */
export const SILENCE_MS = 15_000;

const NOTHING = Buffer.alloc(0);

export type Peer = { port: number; markers: readonly string[] };

/** Sends the bytes on a connection of their own, leaves as the input says, and waits until the
 * service has closed it. */
export function sendAndLeave(peer: Peer, input: Http1Input): Promise<Outcome> {
  return new Promise((resolve) => {
    const begun = performance.now();
    const watch = new Watch(peer.markers);
    const socket = connect({ host: '127.0.0.1', port: peer.port, noDelay: true });
    let received: Buffer = NOTHING;
    let lastByteMs = 0;
    let fault: string | undefined;
    socket.on('data', (chunk: Buffer) => {
      watch.look(chunk);
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      lastByteMs = performance.now() - begun;
    });
    socket.setTimeout(SILENCE_MS, () => {
      fault = `the connection is neither answered nor closed within ${SILENCE_MS} ms`;
      socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') fault = 'the service does not listen any more';
    });
    socket.once('close', () => {
      fault = watch.fault() ?? fault;
      resolve({ ...answered(received), latencyMs: lastByteMs, ...(fault && { fault }) });
    });
    sendInPieces(socket, input, () => {
      if (input.leave === 'reset') setImmediate(() => socket.resetAndDestroy());
      else socket.end();
    });
  });
}

function answered(received: Buffer): Pick<Outcome, 'statuses' | 'answer'> {
  return { statuses: statusesIn(received), answer: received.toString('latin1') };
}

/** The outcome where there must have been an answer and was none. */
export function notAnswered(fault: string): Outcome {
  return { statuses: [], answer: '', latencyMs: 0, fault };
}

type Waiting = { bytes: Buffer; isHead: boolean; settle: (outcome: Outcome | undefined) => void };

/** A connection that is kept for as long as the service keeps it. */
export class KeptConnection {
  readonly #peer: Peer;
  #socket: Socket | undefined;
  #waiting: Waiting | undefined;
  #watch: Watch;

  constructor(peer: Peer) {
    this.#peer = peer;
    this.#watch = new Watch(peer.markers);
  }

  /** Sends a request in due form and resolves with what came of it. */
  async exchange(input: Http1Input): Promise<Outcome> {
    // The service may close a kept connection at any time; a request that met that is sent once
    // more.
    const outcome = (await this.#attempt(input)) ?? (await this.#attempt(input));
    return outcome ?? notAnswered('twice the connection was closed without an answer');
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #attempt(input: Http1Input): Promise<Outcome | undefined> {
    const begun = performance.now();
    const socket = this.#socket ?? this.#open();
    return new Promise((resolve) => {
      const silence = setTimeout(() => {
        this.close();
        this.#waiting?.settle(notAnswered(`no answer within ${SILENCE_MS} ms`));
      }, SILENCE_MS);
      const settle = (outcome: Outcome | undefined) => {
        clearTimeout(silence);
        this.#waiting = undefined;
        resolve(outcome && { ...outcome, latencyMs: performance.now() - begun });
      };
      this.#waiting = { bytes: NOTHING, isHead: input.isHead ?? false, settle };
      sendInPieces(socket, input);
    });
  }

  #open(): Socket {
    const socket = connect({ host: '127.0.0.1', port: this.#peer.port, noDelay: true });
    this.#socket = socket;
    this.#watch = new Watch(this.#peer.markers);
    socket.on('data', (chunk: Buffer) => this.#read(socket, chunk));
    socket.on('error', () => {});
    socket.once('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#waiting?.settle(undefined);
    });
    return socket;
  }

  #read(socket: Socket, chunk: Buffer): void {
    this.#watch.look(chunk);
    const waiting = this.#waiting;
    if (!waiting || socket !== this.#socket) return;
    waiting.bytes = waiting.bytes.length === 0 ? chunk : Buffer.concat([waiting.bytes, chunk]);
    const answer = readAnswer(waiting.bytes, waiting.isHead);
    if (!answer) return;
    if (answer.isLast) this.close();
    const fault = this.#watch.fault();
    waiting.settle({
      statuses: [answer.status],
      answer: answer.text,
      latencyMs: 0,
      ...(fault && { fault }),
    });
  }
}
