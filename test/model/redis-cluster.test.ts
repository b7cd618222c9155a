import { clusterTarget } from '../support/redis-store.ts';
import { declareModel } from './declare-model.ts';
import { createRedisWorld } from './redis-world.ts';

const DAY_MS = 86_400_000;

declareModel({ name: 'Redis Cluster', steps: 5000, ttlMs: DAY_MS }, () =>
  createRedisWorld(clusterTarget()),
);
