// How long a client is waited for.

import type { Channel } from './channel.ts';
import type { Exchange } from './http-exchange.ts';
import type { ServeLimits } from './serve-limits.ts';

/** A request that is being answered. */
type Answering = {
  channel: Channel;
  exchange: Pick<Exchange, 'account'>;
};

/** Whether a client had its time: to take the answer, or, over HTTP/2, to send the body.
 * http.Server limits the body of HTTP/1.1. `ageMs`: of the request; `drainMs`: how much of that the
 * listener has been draining. */
export function isOverdue(
  { channel, exchange }: Answering,
  { ageMs, drainMs, limits }: { ageMs: number; drainMs: number; limits: ServeLimits },
): boolean {
  // A handler that waits for its client to take the beginning has not ended its answer.
  if (exchange.account.hasStalled(limits.answerTimeoutMs)) return true;
  const isAnswered = channel.answer.writableEnded;
  if (isAnswered && (ageMs > limits.answerTimeoutMs || drainMs > limits.lastAnswerMs)) return true;
  if (channel.connection || channel.hasArrived()) return false;
  if (isAnswered && drainMs > limits.lastBodyMs) return true;
  // An answer that has begun is a stream of its own pace.
  return ageMs > limits.requestTimeoutMs && (isAnswered || !channel.answer.headersSent);
}
