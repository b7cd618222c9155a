import { createSqliteWorld } from '../sqlite-world.ts';
import { declareIndexModel } from './declare-index-model.ts';

declareIndexModel({ name: 'SQLite, user index', steps: 6000 }, createSqliteWorld);
