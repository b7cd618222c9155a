// What is known of a call from the moment its headers arrive, carried along with it.

import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingHttpHeaders } from 'node:http';
import {
  type ContextValues,
  createContextKey,
  createContextValues,
  type HandlerContext,
} from '@connectrpc/connect';
import type { Receipt } from '../../service/session-service.ts';
import type { ErrorType } from '../../session/errors.ts';
import type { ByteAccount } from '../server/byte-budget.ts';

export type ReceivedCall = {
  /** To be called once the request has been read: how long its client took to send it is not our
   * time. */
  receive: () => Receipt;
  headers: IncomingHttpHeaders;
  /** Path and query, as sent. */
  target: string;
  /** The request, or the first part of a stream of them, has been read and is being answered. */
  isRead?: boolean;
  /** The memory that the call holds. */
  account: ByteAccount;
  /** The listener has too many calls: this one is to be refused. */
  isOverloaded: boolean;
  /** Why it was not served, once that is known. */
  errorType?: ErrorType | undefined;
  /** Where gRPC and gRPC-Web put the final status. */
  trailer?: Headers;
  /** The request in JSON, where its method reads that by itself. */
  requestJson?: Uint8Array;
  /** The response in JSON, where the method writes that by itself. */
  answerJson?: string;
};

const KEY = createContextKey<ReceivedCall | undefined>(undefined, { description: 'received call' });

export function carryCall(call: ReceivedCall): ContextValues {
  return createContextValues().set(KEY, call);
}

export function receivedCall(context: Pick<HandlerContext, 'values'>): ReceivedCall {
  const call = context.values.get(KEY);
  if (!call) throw new Error('the call was not received by this handler');
  return call;
}

/** Connect hands a decoder or a compression nothing but bytes. */
const CALLS = new AsyncLocalStorage<ReceivedCall>();

/** Does the work of a call, for `currentCall` to find it. */
export function withCurrentCall<T>(call: ReceivedCall, work: () => T): T {
  return CALLS.run(call, work);
}

/** The call whose work is being done. */
export function currentCall(): ReceivedCall {
  const call = CALLS.getStore();
  if (!call) throw new Error('no call is being worked on');
  return call;
}

/** Connect counts its deadlines in whole milliseconds, and its timers may fire a moment early. */
const DEADLINE_GRAIN_MS = 2;

/** When the call was received, and when its caller stops waiting, if it has a deadline: what is
 * answered then to have run out of time does not happen afterwards. */
export function callReceipt(context: HandlerContext): Receipt {
  const receipt = receivedCall(context).receive();
  const leftMs = context.timeoutMs();
  if (leftMs === undefined) return receipt;
  return { ...receipt, endsAtMonotonicMs: performance.now() + leftMs - DEADLINE_GRAIN_MS };
}
