// The node "Erase session": a session, or all sessions of a user.

import { randomUUID } from 'node:crypto';
import { createNodeDescriptor, type INodeFunctionBaseParams } from '@cognigy/extension-tools';
import { type AnswerConfig, answerFields, answerSection, storeAnswer } from '../answer';
import { type Answer, callService } from '../call-service';
import { type Connection, connectionField, serviceOf } from '../connection';
import { type Failure, isFailure } from '../failure';
import { apiOf } from '../flow-api';
import { timeLimitField, timeLimitMsOf } from '../limits';
import { type OnFailure, onFailureField, reportFailure } from '../on-failure';

const NODE = 'Erase session';

export type EraseConfig = AnswerConfig & {
  connection?: Connection;
  erase: 'session' | 'user';
  sessionId: string;
  userId: string;
  onFailure: OnFailure;
  timeLimitSeconds?: unknown;
};

type EraseParams = INodeFunctionBaseParams & { config: EraseConfig };

export const eraseSession = createNodeDescriptor({
  type: 'eraseSession',
  defaultLabel: NODE,
  summary: 'Erases what was saved of the session, or of all sessions of its user',
  appearance: { color: '#7a1f1f', textColor: 'white' },
  tags: ['service', 'data'],
  preview: { type: 'text', key: 'erase' },
  fields: [
    connectionField,
    {
      key: 'erase',
      type: 'select',
      label: 'What to erase',
      defaultValue: 'session',
      params: {
        options: [
          { label: 'This session', value: 'session' },
          { label: 'All sessions of the user', value: 'user' },
        ],
        required: true,
      },
    },
    {
      key: 'sessionId',
      type: 'cognigyText',
      label: 'Session',
      defaultValue: '{{input.sessionId}}',
      condition: { key: 'erase', value: 'session' },
    },
    {
      key: 'userId',
      type: 'cognigyText',
      label: 'User',
      defaultValue: '{{input.userId}}',
      condition: { key: 'erase', value: 'user' },
    },
    // A flow that continues says "your data is erased" to its user.
    onFailureField('stop'),
    timeLimitField,
    ...answerFields('erasedSession'),
  ],
  sections: [
    {
      key: 'identity',
      label: 'Session and user',
      defaultCollapsed: true,
      fields: ['sessionId', 'userId'],
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
    { type: 'field', key: 'erase' },
    { type: 'section', key: 'identity' },
    { type: 'section', key: 'failure' },
    { type: 'section', key: 'answer' },
  ],
  function: async (params) => {
    const { config } = params as EraseParams;
    const api = apiOf(params);
    const result = await erase(config);
    if (isFailure(result)) {
      reportFailure(api, config, { node: NODE, done: 'erased', failure: result });
      return;
    }
    const { erased: erasedSessions, sessions: _, ...answer } = result.body;
    // Of a user with many sessions the rest is erased after the answer.
    const isComplete = answer.status === 'erased';
    const text = isComplete ? 'erased' : `${answer.remaining} entries remain, and are being erased`;
    api.log(isComplete ? 'info' : 'warn', `${NODE}: ${text}`);
    storeAnswer(api, config, {
      ...answer,
      ...(erasedSessions !== undefined && { erasedSessions }),
      erased: isComplete,
      attempts: result.attempts,
    });
  },
});

async function erase(config: EraseConfig): Promise<Answer | Failure> {
  const service = serviceOf(config.connection);
  if (isFailure(service)) return service;
  const { sessionId, userId } = config;
  return callService({
    service,
    path: '/webhook/cognigy/delete',
    timeLimitMs: timeLimitMsOf(config.timeLimitSeconds),
    isAnswer: ({ status }) => status === 'erased' || status === 'erasing',
    body:
      config.erase === 'user'
        ? { userId, allSessions: true }
        : { sessionId, updateId: randomUUID() },
  });
}
