// Two masters and the connections to them. What a connection was given is delivered in its order,
// however late and also after its end; a session lies at one of the masters, and the other says
// where.

import type { Random } from '../random.ts';
import type { Faults } from './faults.ts';
import type { Executed, ModelStore, Write } from './modelled-store.ts';
import type { Pause, SimulatedClock, Timeline } from './simulated-time.ts';

export type ServerName = 0 | 1;

/** What comes back: what a write came to, or where to send it. `time`: the server's clock alone. */
export type NetworkReply =
  | Executed
  | { redirectedTo: ServerName; isAsked: boolean }
  | { timeUs: number };

export type Server = { clock: SimulatedClock; stops: readonly Pause[] };

/** Where the session is: who is asked first, and who has it. They differ while it moves. */
export type Placement = { owner: ServerName; keyAt: ServerName };

type Message = { write?: Write; isAsking?: boolean; onReply: (reply: NetworkReply) => void };

export type Wire = {
  send(message: Message): void;
  /** Replies come no more from now on. */
  loseReplies(): void;
  /** What is sent from now on until then is delivered then. */
  holdUntil(trueMs: number): void;
};

export type Network = {
  connect(to: ServerName, oneWayMs: number, linkDown: readonly Pause[]): Wire;
};

export function createNetwork({
  timeline,
  random,
  faults,
  servers,
  placement,
  store,
  onExecuted,
}: {
  timeline: Timeline;
  random: Random;
  faults: Faults;
  servers: readonly [Server, Server];
  placement: Placement;
  store: ModelStore;
  onExecuted: (write: Write, executed: Executed) => void;
}): Network {
  return {
    connect(to, oneWayMs, linkDown) {
      let [upFreeMs, downFreeMs, heldMs] = [0, 0, 0];
      let isDeaf = false;
      return {
        loseReplies() {
          isDeaf = true;
        },
        holdUntil(trueMs) {
          heldMs = trueMs;
        },
        send({ write, isAsking = false, onReply }) {
          const sentMs = Math.max(timeline.nowMs() + wayMs(oneWayMs), heldMs);
          upFreeMs = Math.max(upFreeMs, after(linkDown, sentMs)) + 1e-6;
          timeline.at(upFreeMs, () => arrive());

          async function arrive(): Promise<void> {
            const resumedMs = after(servers[to].stops, timeline.nowMs());
            if (resumedMs > timeline.nowMs()) return timeline.at(resumedMs, arrive);
            const reply = await replyOf(to, { write, isAsking });
            if (isDeaf) return;
            downFreeMs =
              Math.max(downFreeMs, after(linkDown, timeline.nowMs() + wayMs(oneWayMs))) + 1e-6;
            timeline.at(downFreeMs, () => onReply(reply));
          }
        },
      };
    },
  };

  async function replyOf(
    at: ServerName,
    { write, isAsking }: { write: Write | undefined; isAsking: boolean },
  ): Promise<NetworkReply> {
    const nowUs = Math.floor(servers[at].clock.read(timeline.nowMs()) * 1000);
    if (write === undefined) return { timeUs: nowUs };
    const { owner, keyAt } = placement;
    if (owner !== at && !isAsking) return { redirectedTo: owner, isAsked: false };
    if (keyAt !== at) return { redirectedTo: keyAt, isAsked: true };
    const executed = await store.execute(write, nowUs);
    onExecuted(write, executed);
    return executed;
  }

  function wayMs(oneWayMs: number): number {
    const jitterMs = faults.jitter && random.chance(0.3) ? random.below(200_000) / 1000 : 0;
    return oneWayMs * (1 + random.below(1000) / 1000) + jitterMs;
  }
}

/** The same time, or the end of the pause that it falls into. */
export function after(pauses: readonly Pause[], trueMs: number): number {
  const pause = pauses.find(({ fromMs, untilMs }) => trueMs >= fromMs && trueMs < untilMs);
  return pause === undefined ? trueMs : pause.untilMs;
}
