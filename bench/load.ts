// Load on one server: so many requests, so many at a time, over connections that stay open. It is
// made by a process of its own (load-process.ts), whose cost does not count; yet the clients are
// kept cheap, because where there are few cores a server that waits for its load does less per
// wake-up, and costs more.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** What is sent to a server, and what it must answer. */
export type Load = {
  protocol: 'http1' | 'http2';
  port: number;
  path: string;
  headers: Record<string, string>;
  /** Holds SESSION_MARK where the session's name goes. */
  body: Uint8Array;
  /** Number of the first request, so that one load can go on where another ended. */
  firstRequest: number;
  requests: number;
  /** Requests in flight at one time. */
  inFlight: number;
  /** The requests name so many sessions, from `firstSession` on, in turn. */
  firstSession: number;
  sessions: number;
  /** Every HTTP/1.1 answer has status 200 and holds this; gRPC says `grpc-status: 0`. */
  answerHolds: string;
};

export type LoadProcess = {
  /** Resolves when all has been answered as it must be; rejects at the first answer that was not. */
  run(load: Load): Promise<void>;
  stop(): void;
};

/** What the load process says at the end of a load. */
export type LoadEnded = { failure?: string };

/** Starts the process that makes load. */
export function startLoadProcess(): LoadProcess {
  const child = fork(join(import.meta.dirname, 'load-process.ts'), { serialization: 'advanced' });
  return {
    async run(load) {
      child.send(load);
      const [ended] = (await once(child, 'message')) as [LoadEnded];
      if (ended.failure) throw new Error(`load on ${load.path}: ${ended.failure}`);
    },
    stop: () => child.disconnect(),
  };
}
