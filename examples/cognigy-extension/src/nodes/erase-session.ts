// The node "Erase session": a session, or all sessions of a user.

import { randomUUID } from 'node:crypto';
import { createNodeDescriptor } from '@cognigy/extension-tools';
import { type AnswerConfig, storeAnswer } from '../answer';
import { type Answer, callService } from '../call-service';
import { type Connection, serviceOf } from '../connection';
import { withDefaults } from '../defaults';
import { type Failure, isFailure } from '../failure';
import { apiOf } from '../flow-api';
import { timeLimitMsOf } from '../limits';
import { type OnFailure, reportFailure } from '../on-failure';
import { eraseFields, eraseForm } from './erase-fields';

const NODE = 'Erase session';

export type EraseConfig = AnswerConfig & {
  connection?: Connection;
  erase: 'session' | 'user';
  sessionId: string;
  userId: string;
  onFailure: OnFailure;
  timeLimitSeconds?: unknown;
};

export const eraseSession = createNodeDescriptor({
  type: 'eraseSession',
  defaultLabel: NODE,
  summary: 'Erases what was saved of the session, or of all sessions of its user',
  appearance: { color: '#7a1f1f', textColor: 'white' },
  tags: ['service', 'data'],
  preview: { type: 'text', key: 'erase' },
  fields: eraseFields,
  ...eraseForm,
  function: async (params) => {
    const config = withDefaults(eraseFields, params.config as EraseConfig);
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
