// The connection of a sidecar to a master: requests and replies in their order.

import type { Timeline } from '../network/simulated-time.ts';
import type { Random } from '../random.ts';
import type { KeptRecord } from './kept-records.ts';
import type { Session } from './modelled-session.ts';
import type { Master, Sample } from './modelled-shard.ts';

/** Some replies are held in the network for up to so long. */
const HELD_MS = 300;

export type Connection = {
  master: Master;
  isOpen: boolean;
  sample: Sample | undefined;
  /** No reply comes before the last one. */
  repliesMs: number;
  /** Records that are on their way to it. */
  offered: Set<KeptRecord>;
};

/** Runs at a master; answers the session afterwards, and what its sender learns. */
export type RunAt<Answer> = (
  master: Master,
  session: Session,
) => { after: Session; answer: Answer };

export type Send = <Answer>(
  to: Connection,
  request: { endsMs: number; run: RunAt<Answer>; onReply: (answer: Answer) => void },
) => void;

/** Sends what takes no effect after `endsMs`; without a reply nothing is called. */
export function createSend({
  timeline,
  random,
  oneWayMs,
}: {
  timeline: Timeline;
  random: Random;
  oneWayMs: number;
}): Send {
  const { nowMs } = timeline;
  return function send(to, { endsMs, run, onReply }) {
    timeline.at(nowMs() + oneWayMs, () => {
      if (!to.master.isAlive || nowMs() > endsMs) return;
      const answer = to.master.run((session) => run(to.master, session));
      const delayMs = random.chance(0.05) ? random.below(HELD_MS) : 0;
      to.repliesMs = Math.max(to.repliesMs, nowMs() + oneWayMs + delayMs);
      timeline.at(to.repliesMs, () => {
        if (to.isOpen) onReply(answer);
      });
    });
  };
}
