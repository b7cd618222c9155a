// A call, carried along with it through Connect's router.

import { type ContextValues, createContextKey, createContextValues } from '@connectrpc/connect';
import type { Receipt } from '../../service/session-service.ts';
import type { ReceivedCall } from '../wires/received-call.ts';

export type RoutedCall = Pick<ReceivedCall, 'headers' | 'account' | 'refused'> & {
  /** To be called once the request has been read. */
  receive: () => Receipt;
};

const KEY = createContextKey<RoutedCall | undefined>(undefined, { description: 'routed call' });

export function carryCall(call: RoutedCall): ContextValues {
  return createContextValues().set(KEY, call);
}

export function carriedCall(values: ContextValues): RoutedCall {
  const call = values.get(KEY);
  if (!call) throw new Error('the call was not received by this handler');
  return call;
}
