// One sidecar of the model: requests in, attempts at one master or the other, answers out, by the
// rules that the real one follows. Its bounds, and what it knows of the servers' clocks, are the
// real ones.

import { type ClockInterval, intervalAt } from '../../../src/store/redis/clock/clock-interval.ts';
import { type WriteBounds, writeBounds } from '../../../src/store/redis/clock/write-bounds.ts';
import type { Write, WriteStatus } from './modelled-store.ts';
import type { Rules } from './rules.ts';
import type { Connection, Connections } from './simulated-connections.ts';
import type { Machine } from './simulated-machine.ts';
import type { NetworkReply, ServerName } from './simulated-network.ts';

const COMMAND_TIMEOUT_MS = 1000;
const DEADLINE_MS = 2000;
const LOCK_WAIT_MS = 500;
const REFUSALS: readonly WriteStatus[] = ['dropped', 'locked', 'lock-lost', 'busy', 'lost'];

/** What a caller is told. `unknown`: 503, it may or may not have happened. */
export type Answer = WriteStatus | 'unknown';

type WithoutBounds<T> = T extends unknown ? Omit<T, 'bounds'> : never;
export type Asked = WithoutBounds<Write>;

type Attempt = { sentMs: number; connection: Connection; giveUpMs: number; write: Write };
type Target = { to: ServerName; isAsking: boolean };

export type Request = {
  asked: Asked;
  receivedMs: number;
  answer: Answer | undefined;
  /** Until when an attempt that was lost may still happen, on the sidecar's clock. */
  openUntilMs: number;
  /** The attempt that is on its way. */
  current: Attempt | undefined;
  moment: { connection: Connection; us: number } | undefined;
  isDoubted: boolean;
  isWaiting: boolean;
  onAnswer: (answer: Answer) => void;
};

export type AskSidecar = (
  asked: Asked,
  onAnswer: (answer: Answer) => void,
  options: { onMade: (request: Request) => void },
) => void;

/** What a caller asks the sidecar with. `onWrite` is told which request a write belongs to,
 * before it is sent. */
export function createSimulatedSidecar({
  machine,
  connections,
  rules,
  onWrite,
}: {
  machine: Machine;
  connections: Connections;
  rules: Rules;
  onWrite: (write: Write, request: Request) => void;
}): AskSidecar {
  const { nowMs, random } = machine;
  let guess: ServerName = 0;

  return function ask(asked, onAnswer, { onMade }) {
    machine.awake(() => {
      const request: Request = {
        ...{
          asked,
          onAnswer,
          receivedMs: nowMs(),
          answer: undefined,
          openUntilMs: 0,
          current: undefined,
        },
        ...{ moment: undefined, isDoubted: false, isWaiting: false },
      };
      onMade(request);
      machine.at(request.receivedMs + DEADLINE_MS, () => tell(request, 'unknown'));
      attempt(request);
    });
  };

  function attempt(request: Request, target: Target = { to: guess, isAsking: false }): void {
    if (request.answer !== undefined || request.isWaiting) return;
    const connection = connections.to(target.to);
    const sentMs = nowMs();
    const interval = connection?.clock.interval();
    if (connection === undefined || interval === undefined) {
      again(request, pauseMs());
      return;
    }
    const hasMoment = request.asked.kind === 'append';
    if (rules.stopsWhenSet && hasMoment && connection.clock.wasSetAfter(request.receivedMs)) return;
    const giveUpMs = Math.min(sentMs + COMMAND_TIMEOUT_MS, request.receivedMs + DEADLINE_MS);
    if (giveUpMs <= sentMs) return;

    const bounds = boundsOf(request, { connection, interval, sentMs, giveUpMs });
    const write = { ...request.asked, bounds } as Write;
    const current = { sentMs, connection, giveUpMs, write };
    request.current = current;
    onWrite(write, request);
    const onReply = (reply: NetworkReply) => {
      const isRefusal =
        'status' in reply && ['late', 'clock', 'stale', 'doubtful'].includes(reply.status);
      if ('status' in reply && (isRefusal || !connection.clock.isFresh(sentMs)))
        connection.clock.learn({ sentMs, arrivedMs: nowMs(), serverMs: reply.nowUs / 1000 });
      if (request.current === current) replied(request, reply, { current, target });
    };
    connections.send(connection, { write, isAsking: target.isAsking, onReply });
    machine.at(giveUpMs, () => {
      if (request.current !== current) return;
      connections.close(connection);
      lose(request, current);
    });
    watchForEnd(request, current);
  }

  /** A connection that ends takes the attempt with it: whether it happens is open. */
  function watchForEnd(request: Request, current: Attempt): void {
    machine.afterTrueMs(25, () => {
      if (request.current !== current) return;
      if (current.connection.isOpen) watchForEnd(request, current);
      else lose(request, current);
    });
  }

  function lose(request: Request, { giveUpMs }: Attempt): void {
    request.openUntilMs = Math.max(request.openUntilMs, giveUpMs);
    request.current = undefined;
    request.moment = undefined;
    request.isDoubted = false;
    again(request, pauseMs());
  }

  function again(request: Request, inMs: number): void {
    if (request.answer !== undefined || request.isWaiting) return;
    if (inMs >= request.receivedMs + DEADLINE_MS - nowMs() && !rules.toldAtDeadline)
      tell(request, 'unknown');
    request.isWaiting = true;
    machine.at(nowMs() + inMs, () => {
      request.isWaiting = false;
      attempt(request);
    });
  }

  function replied(
    request: Request,
    reply: NetworkReply,
    { current, target }: { current: Attempt; target: Target },
  ): void {
    request.current = undefined;
    if ('redirectedTo' in reply) {
      if (!reply.isAsked) guess = reply.redirectedTo;
      request.moment = undefined;
      attempt(request, { to: reply.redirectedTo, isAsking: reply.isAsked });
      return;
    }
    if (!('status' in reply)) return;
    const { status, nowUs } = reply;
    switch (status) {
      case 'late':
      case 'clock':
      case 'stale':
        attempt(request, target);
        break;
      case 'doubtful':
        // Twice in doubt: what was known of the clock is not believed, this reply alone is.
        if (request.isDoubted)
          request.moment = {
            connection: current.connection,
            us: nowUs - current.write.bounds.ageUs,
          };
        request.isDoubted = true;
        attempt(request, target);
        break;
      default:
        settle(request, status);
    }
  }

  function settle(request: Request, status: WriteStatus): void {
    const isWaitedFor = status === 'busy' || status === 'locked';
    const isOpen = REFUSALS.includes(status) && request.openUntilMs > nowMs();
    if (isWaitedFor && nowMs() < request.receivedMs + LOCK_WAIT_MS)
      again(request, 10 + random.below(15));
    else if (rules.accounts && isOpen) again(request, request.openUntilMs - nowMs() + 0.01);
    else tell(request, status);
  }

  function boundsOf(
    request: Request,
    at: { connection: Connection; interval: ClockInterval; sentMs: number; giveUpMs: number },
  ): WriteBounds {
    const { connection, interval, sentMs, giveUpMs } = at;
    const sending = { receivedAtMs: request.receivedMs, sentAtMs: sentMs, giveUpAtMs: giveUpMs };
    const bounds = writeBounds(interval, sending);
    const { lowMs, highMs } = intervalAt(interval, request.receivedMs);
    const offsetMs = rules.moment === 'lower' ? lowMs : highMs;
    if (request.moment?.connection !== connection)
      request.moment = { connection, us: Math.ceil((request.receivedMs + offsetMs) * 1000) };
    const lateUs =
      rules.late === 'upper' ? Math.ceil((giveUpMs + interval.highMs) * 1000) : bounds.lateUs;
    return { ...bounds, lateUs, momentUs: request.moment.us };
  }

  function tell(request: Request, answer: Answer): void {
    if (request.answer !== undefined) return;
    request.answer = answer;
    request.onAnswer(answer);
  }

  function pauseMs(): number {
    return 20 + random.below(180);
  }
}
