import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, it } from 'vitest';
import { inTransaction } from '../../../src/store/sqlite/transaction.ts';

const database = new DatabaseSync(':memory:');
database.exec('CREATE TABLE steps (name TEXT)');
afterAll(() => database.close());

const take = (name: string) => database.prepare('INSERT INTO steps VALUES (?)').run(name);
const taken = () => database.prepare('SELECT name FROM steps').all().length;

it('a transaction that throws leaves nothing behind, and the next one works', () => {
  const broken = () =>
    inTransaction(database, 'IMMEDIATE', () => {
      take('first');
      throw new Error('the second step failed');
    });
  expect(broken).toThrow('the second step failed');
  expect(taken()).toBe(0);
  expect(inTransaction(database, 'IMMEDIATE', () => take('whole').changes)).toBe(1);
  expect(taken()).toBe(1);
});

it('a transaction that SQLite itself has rolled back tells the first failure', () => {
  const broken = () =>
    inTransaction(database, 'IMMEDIATE', () => {
      take('lost');
      database.exec('ROLLBACK');
      throw new Error('the disk is full');
    });
  expect(broken).toThrow('the disk is full');
  expect(taken()).toBe(1);
});
