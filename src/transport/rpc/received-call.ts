// What is known of a call from the moment its headers arrive, carried along with it.

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
