// The node "Save session": one update of a session.

import { randomUUID } from 'node:crypto';
import { createNodeDescriptor, type INodeFunctionBaseParams } from '@cognigy/extension-tools';
import { type AnswerConfig, answerFields, answerSection, storeAnswer } from '../answer';
import { type Answer, callService } from '../call-service';
import { type Connection, connectionField, serviceOf } from '../connection';
import { type Failure, failureOf, isFailure } from '../failure';
import { apiOf, type FlowApi, type JsonObject } from '../flow-api';
import { timeLimitField, timeLimitMsOf } from '../limits';
import { type OnFailure, onFailureField, reportFailure } from '../on-failure';
import { contextPart, variablesPart } from '../saved-parts';

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
  fields: [
    connectionField,
    {
      key: 'store',
      type: 'select',
      label: 'What to save',
      defaultValue: 'context',
      params: {
        options: [
          { label: 'Context', value: 'context' },
          { label: 'Variables', value: 'variables' },
          { label: 'Context and variables', value: 'both' },
        ],
        required: true,
      },
    },
    {
      key: 'variables',
      type: 'json',
      label: 'Variables',
      description: 'An object. Without one, the contact profile is saved.',
      condition: { key: 'store', value: ['variables', 'both'] },
    },
    {
      key: 'contextKeys',
      type: 'textArray',
      label: 'Only these keys of the context',
      description: 'Without any, all of it is saved.',
      condition: { key: 'store', value: ['context', 'both'] },
    },
    {
      key: 'replace',
      type: 'toggle',
      label: 'Remove what is not saved now',
      description:
        'What is saved replaces what was saved before. Off: keys that are not sent stay as they ' +
        'are. The service needs WRITE_FORMAT=2 for it.',
      defaultValue: false,
    },
    {
      key: 'sessionId',
      type: 'cognigyText',
      label: 'Session',
      defaultValue: '{{input.sessionId}}',
      params: { required: true },
    },
    { key: 'userId', type: 'cognigyText', label: 'User', defaultValue: '{{input.userId}}' },
    { key: 'flowId', type: 'cognigyText', label: 'Flow', defaultValue: '{{input.flowName}}' },
    {
      key: 'updateId',
      type: 'cognigyText',
      label: 'Id of the update',
      description: 'Empty: each execution is an update of its own, and may be repeated.',
    },
    {
      key: 'ttlSeconds',
      type: 'cognigyText',
      label: 'Lives for, in seconds',
      description:
        'Empty: as long as the service says (SESSION_TTL, or the definition of the flow).',
    },
    onFailureField('continue'),
    timeLimitField,
    ...answerFields('savedSession'),
  ],
  sections: [
    {
      key: 'parts',
      label: 'Parts',
      defaultCollapsed: true,
      fields: ['variables', 'contextKeys', 'replace'],
    },
    {
      key: 'identity',
      label: 'Session, user and flow',
      defaultCollapsed: true,
      fields: ['sessionId', 'userId', 'flowId', 'updateId', 'ttlSeconds'],
    },
    {
      key: 'failure',
      label: 'Failure',
      defaultCollapsed: true,
      fields: ['onFailure', 'timeLimitSeconds'],
    },
    answerSection,
  ],
  form: [
    { type: 'field', key: 'connection' },
    { type: 'field', key: 'store' },
    { type: 'section', key: 'parts' },
    { type: 'section', key: 'identity' },
    { type: 'section', key: 'failure' },
    { type: 'section', key: 'answer' },
  ],
  function: async (params) => {
    const { config } = params as SaveParams;
    const api = apiOf(params);
    const result = await save(params as SaveParams, api);
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
  if (parts.lost.length > 0)
    api.log(
      'warn',
      `${NODE}: keys of the context were not saved, since Cognigy has replaced their values by ` +
        `an error (its context was too large): ${parts.lost.join(', ')}`,
    );
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
      ...(config.replace && { replace: Object.keys(parts.body) }),
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
  if (store !== 'variables') body.context = part.context;
  if (store !== 'context') {
    const taken = variablesPart(variables, profile ?? {});
    if (!taken)
      return failureOf({ reason: 'invalid', message: 'the variables of the node are no object' });
    body.variables = taken;
  }
  return { body, lost: store === 'variables' ? [] : part.lost };
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
