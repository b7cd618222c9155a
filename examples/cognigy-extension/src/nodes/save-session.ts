// The node "Save session": one update of a session.

import { randomUUID } from 'node:crypto';
import { createNodeDescriptor, type INodeFunctionBaseParams } from '@cognigy/extension-tools';
import { type AnswerConfig, storeAnswer } from '../answer';
import { type Answer, callService } from '../call-service';
import { type Connection, serviceOf } from '../connection';
import { withDefaults } from '../defaults';
import { type Failure, failureOf, isFailure } from '../failure';
import { apiOf, type FlowApi, type JsonObject } from '../flow-api';
import { timeLimitMsOf } from '../limits';
import { type OnFailure, reportFailure } from '../on-failure';
import { contextPart, variablesPart } from '../saved-parts';
import { saveFields, saveForm } from './save-fields';

const NODE = 'Save session';

export type SaveConfig = AnswerConfig & {
  connection?: Connection;
  store: 'context' | 'variables' | 'both';
  sessionId: string;
  userId: string;
  flowId: string;
  contextKeys?: string[];
  variables?: unknown;
  replace?: boolean;
  ttlSeconds?: unknown;
  updateId?: string;
  onFailure: OnFailure;
  timeLimitSeconds?: unknown;
};

type SaveParams = INodeFunctionBaseParams & { config: SaveConfig };

export const saveSession = createNodeDescriptor({
  type: 'saveSession',
  defaultLabel: NODE,
  summary: 'Saves context and variables of the session, so that it can be restored later',
  appearance: { color: '#2f6f4f', textColor: 'white' },
  tags: ['service', 'data'],
  preview: { type: 'text', key: 'store' },
  fields: saveFields,
  ...saveForm,
  function: async (params) => {
    const config = withDefaults(saveFields, params.config as SaveConfig);
    const api = apiOf(params);
    const result = await save({ ...params, config }, api);
    if (isFailure(result))
      reportFailure(api, config, { node: NODE, done: 'saved', failure: result });
    else reportAnswer(api, config, result);
  },
});

async function save({ cognigy, config }: SaveParams, api: FlowApi): Promise<Answer | Failure> {
  const service = serviceOf(config.connection);
  if (isFailure(service)) return service;
  const parts = partsOf(config, cognigy);
  if (isFailure(parts)) return parts;
  const { lost } = parts;
  if (lost.length > 0)
    api.log(
      'warn',
      `${NODE}: keys of the context were not saved, since Cognigy has replaced their values by ` +
        `an error (its context was too large); no key of it was removed: ${lost.join(', ')}`,
    );
  // A replacement would remove what was saved of the keys that are lost.
  const replaced = Object.keys(parts.body).filter((part) => part !== 'context' || !lost.length);
  const { execution, inputId } = cognigy.input;
  const { userId, flowId, ttlSeconds } = config;
  return callService({
    service,
    path: '/webhook/cognigy/session',
    timeLimitMs: timeLimitMsOf(config.timeLimitSeconds),
    isAnswer: ({ status }) => status === 'accepted' || status === 'dropped',
    body: {
      sessionId: config.sessionId,
      ...(userId && { userId }),
      ...(flowId && { flowId }),
      ...parts.body,
      ...(config.replace && replaced.length > 0 && { replace: replaced }),
      ...(ttlSeconds !== undefined && ttlSeconds !== '' && { ttl: ttlSeconds }),
      execution,
      inputId,
      // Fixed here, once: what is repeated is the same update.
      timestamp: Date.now(),
      updateId: config.updateId || randomUUID(),
    },
  });
}

function partsOf(
  { store, contextKeys = [], variables }: SaveConfig,
  { context, profile }: SaveParams['cognigy'],
): { body: JsonObject; lost: string[] } | Failure {
  const body: JsonObject = {};
  const onlyKeys = contextKeys.filter((key) => key.trim() !== '');
  const part = contextPart(context ?? {}, onlyKeys);
  if (store === 'context' || store === 'both') body.context = part.context;
  if (store === 'variables' || store === 'both') {
    const taken = variablesPart(variables, profile ?? {});
    if (!taken)
      return failureOf({ reason: 'invalid', message: 'the variables of the node are no object' });
    body.variables = taken;
  }
  return { body, lost: body.context ? part.lost : [] };
}

function reportAnswer(api: FlowApi, config: SaveConfig, { body, attempts }: Answer): void {
  const isSaved = body.status === 'accepted';
  if (!isSaved)
    api.log('warn', `${NODE}: dropped, since the session or its user has just been erased`);
  else if (body.durability === 'spooled')
    api.log('info', `${NODE}: saved to the disk of the service, and stored when its store is back`);
  else api.log('debug', `${NODE}: ${body.durability}, revision ${body.revision}`);
  if (body.superseded === true)
    api.log('warn', `${NODE}: an earlier repetition of this update has been saved over`);
  storeAnswer(api, config, { ...body, saved: isSaved, attempts });
}
