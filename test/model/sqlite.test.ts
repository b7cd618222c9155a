import { declareModel } from './declare-model.ts';
import { createSqliteWorld } from './sqlite-world.ts';

const THREE_DAYS_MS = 3 * 86_400_000;

declareModel({ name: 'SQLite', steps: 25_000, ttlMs: THREE_DAYS_MS }, createSqliteWorld);
