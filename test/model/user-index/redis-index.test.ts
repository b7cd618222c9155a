import { standaloneTarget } from '../../support/redis-store.ts';
import { createRedisWorld } from '../redis-world.ts';
import { declareIndexModel } from './declare-index-model.ts';

declareIndexModel({ name: 'Redis, user index', steps: 3000 }, () =>
  createRedisWorld(standaloneTarget()),
);
