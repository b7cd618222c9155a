// The same methods on Connect's router, which takes every call that no wire of the engine does.

import type { ConnectRouter, HandlerContext } from '@connectrpc/connect';
import { Refusal } from '../../session/errors.ts';
import type { Call, Method } from '../wires/method.ts';
import { carriedCall } from './routed-call.ts';

/** Connect counts its deadlines in whole milliseconds, and its timers may fire a moment early. */
const DEADLINE_GRAIN_MS = 2;

/** Adds the methods. */
export function routerMethods(methods: readonly Method[]) {
  return (router: ConnectRouter): void => {
    for (const method of methods) {
      router.rpc(method.desc, async (message, context) => {
        const call = callOf(context);
        const answer = await answerOf(method, message, call);
        for (const [name, value] of Object.entries(call.metadata.headers))
          context.responseHeader.set(name, String(value));
        return method.toMessage(answer) as Record<string, unknown>;
      });
    }
  };
}

async function answerOf(method: Method, message: unknown, call: Call): Promise<unknown> {
  let request: unknown;
  try {
    request = method.fromMessage(message);
    return await method.handle(request, call);
  } catch (error) {
    if (error instanceof Refusal) method.onRefused?.(error, request);
    throw error;
  }
}

function callOf(context: HandlerContext): Call {
  const { headers, account, receive } = carriedCall(context.values);
  const { signal } = context;
  const metadata = { headers: {}, trailers: {} };
  const receipt = receive();
  const leftMs = context.timeoutMs();
  if (leftMs === undefined) return { headers, account, signal, metadata, receipt };
  const endsAtMonotonicMs = performance.now() + leftMs - DEADLINE_GRAIN_MS;
  return { headers, account, signal, metadata, receipt: { ...receipt, endsAtMonotonicMs } };
}
