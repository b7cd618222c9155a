// Calls over HTTP: gRPC, gRPC-Web and Connect on the same paths, distinguished by content type. The
// engine (wires/engine.ts) serves all of them, Connect's router (router.ts) reads streams for it.

import { Refusal } from '../../session/errors.ts';
import { errorAnswer } from '../error-answer.ts';
import type { Handler } from '../server/http-exchange.ts';
import { createEngine, type EngineOptions, type Find } from '../wires/engine.ts';
import { createMethodTable } from '../wires/wire-of.ts';
import { createRouter, type RouterOptions } from './router.ts';

export type RpcHandlerOptions = EngineOptions &
  RouterOptions & {
    /** Finds what else is served, by a request that is not a call. */
    routes?: Find;
  };

/** Creates a listener's handler, for one that serves overload itself. A request that calls nothing is
 * answered 404. */
export function createRpcHandler(options: RpcHandlerOptions): Handler {
  const findMethod = createMethodTable(options.methods);
  const findOnRouter = createRouter(options);
  const { routes = () => undefined } = options;
  const find: Find = (head) => findMethod(head) ?? findOnRouter(head) ?? routes(head);
  const nothingHere = new Refusal('not_found', 'There is nothing at this path.');
  return createEngine(
    { find, otherwise: ({ respond }) => respond(errorAnswer(nothingHere)) },
    options,
  );
}
