// The node "Restore session". What cannot be read is "unavailable", and never "not found".

import { createNodeDescriptor } from '@cognigy/extension-tools';
import { type AnswerConfig, markedAnswer, storeAnswer } from '../answer';
import { type Answer, callService } from '../call-service';
import { type Connection, serviceOf } from '../connection';
import { withDefaults } from '../defaults';
import { errorOf, type Failure, failureOf, isFailure, logTextOf } from '../failure';
import { apiOf, type FlowApi, type JsonObject } from '../flow-api';
import { API_CALLS, timeLimitMsOf, VALUE_BYTES } from '../limits';
import { sizeOf } from '../object-size';
import {
  type ContextWrite,
  obstacleTo,
  planWrite,
  type WriteMode,
  writeContext,
} from '../write-context';
import { childTypeOf, RESTORE, type RestoreResult, restoreChildren } from './restore-children';
import { restoreFields, restoreForm } from './restore-fields';

const NODE = 'Restore session';

/** Storing the answer, and choosing the child. */
const OWN_CALLS = 2;

export type RestoreConfig = AnswerConfig & {
  connection?: Connection;
  writeContext: WriteMode;
  sessionId: string;
  userId: string;
  lookUp: 'user' | 'session';
  includeHistory?: boolean;
  timeLimitSeconds?: unknown;
  apiCalls?: unknown;
  valueBytes?: unknown;
};

/** What a restore found out, with the answer for the flow and what to write into its context. */
type Found = { result: RestoreResult; answer: JsonObject; write: ContextWrite };

export const restoreSession = createNodeDescriptor({
  type: RESTORE,
  defaultLabel: NODE,
  summary: 'Restores what was saved of the session, or of the latest session of its user',
  appearance: { color: '#1f4e79', textColor: 'white' },
  tags: ['service', 'data'],
  dependencies: { children: restoreChildren.map(({ type }) => type) },
  constraints: { collapsable: true, placement: {} },
  fields: restoreFields,
  ...restoreForm,
  function: async (params) => {
    const { cognigy, childConfigs } = params;
    const config = withDefaults(restoreFields, params.config as RestoreConfig);
    const api = apiOf(params);
    const restored = await restore(config);
    const found = isFailure(restored) ? restored : foundIn(restored, config, cognigy.context ?? {});
    const { result, answer, write } = isFailure(found) ? unavailable(found) : found;
    const child = childConfigs.find(({ type }) => type === childTypeOf(result));
    if (!child)
      throw new Error(
        `${NODE}: the node has no child for "${result}": delete it, and add it again`,
      );
    logResult(api, isFailure(found) ? found : result, answer);
    writeContext(api, write);
    storeAnswer(api, config, answer);
    api.setNextNode(child.id);
  },
});

async function restore(config: RestoreConfig): Promise<Answer | Failure> {
  const service = serviceOf(config.connection);
  if (isFailure(service)) return service;
  const { sessionId, userId, lookUp } = config;
  return callService({
    service,
    path: '/webhook/cognigy/restore',
    timeLimitMs: timeLimitMsOf(config.timeLimitSeconds),
    isAnswer: ({ found }) => typeof found === 'boolean',
    body: { sessionId, ...(lookUp === 'user' && userId && { userId }) },
  });
}

/** What an answer of the service means, or why Cognigy cannot take it. */
function foundIn({ body }: Answer, config: RestoreConfig, current: JsonObject): Found | Failure {
  const result = resultOf(body);
  // A fallback is what the flow's definition says, and not what was saved: it is never written.
  const mode = result === 'found' ? config.writeContext : 'no';
  const write = planWrite(mode, current, Object(body.context));
  const { history, ...state } = body;
  const answer = {
    result,
    ...state,
    ...(config.includeHistory && history !== undefined && { history }),
    ...(mode !== 'no' && {
      contextWritten: write.set.map(([key]) => key),
      contextRemoved: write.remove,
      contextLeftOut: write.leftOut,
    }),
  };
  const valueBytes = numberOf(config.valueBytes, VALUE_BYTES);
  const bytes = sizeOf(markedAnswer(answer));
  if (bytes > valueBytes)
    return failureOf({
      reason: 'answer_too_large',
      message:
        `a session was found, but its answer has ${bytes} bytes, and Cognigy accepts ` +
        `${valueBytes}. Save less, or use an HTTP Request node, which accepts more`,
    });
  const isInContext = config.storeLocation === 'context';
  const obstacle = obstacleTo(write, current, {
    callsLeft: numberOf(config.apiCalls, API_CALLS) - OWN_CALLS,
    valueBytes,
    answer: isInContext ? { [config.contextKey]: markedAnswer(answer) } : {},
  });
  return obstacle ?? { result, answer, write };
}

function resultOf({ found, outcome }: JsonObject): RestoreResult {
  if (found !== true) return 'notFound';
  return outcome === 'fallback' ? 'fallback' : 'found';
}

function unavailable(failure: Failure): Found {
  // A restore changes nothing, so what became of it is no question.
  const { outcomeUnknown: _, ...error } = errorOf(failure);
  const answer = { result: 'unavailable', error };
  return { result: 'unavailable', answer, write: { set: [], remove: [], leftOut: [] } };
}

function logResult(api: FlowApi, result: RestoreResult | Failure, answer: JsonObject): void {
  if (typeof result === 'object') {
    api.log('error', `${NODE}, unavailable: ${logTextOf(result)}`);
    return;
  }
  if (result === 'fallback')
    api.log('error', `${NODE}: nothing of the session could be read; the answer is its fallback`);
  else if (answer.outcome === 'recovered')
    api.log('warn', `${NODE}: a part of the session is damaged; the answer is the rest of it`);
  else api.log('debug', `${NODE}: ${result}`);
  const { contextLeftOut } = answer;
  if (Array.isArray(contextLeftOut) && contextLeftOut.length > 0)
    api.log(
      'warn',
      `${NODE}: keys that Cognigy's context cannot hold: ${contextLeftOut.join(', ')}`,
    );
}

function numberOf(field: unknown, otherwise: number): number {
  const number = Number(field);
  return Number.isFinite(number) && number > 0 ? number : otherwise;
}
