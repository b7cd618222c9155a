import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { type Circuits, createCircuits } from '../../../../src/store/redis/connection/circuit.ts';

const MASTER = '10.0.0.1:6379';
const OTHER = '10.0.0.2:6379';
const TIMEOUT = 'timeout after 1000 ms';

let circuits: Circuits;
let changes: string[];
let refused: number;
let questions: PromiseWithResolvers<unknown>[];

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  changes = [];
  refused = 0;
  questions = [];
  circuits = createCircuits({
    onCircuitChanged: ({ address, isOpen, open }) => changes.push(`${address} ${isOpen} ${open}`),
    onCircuitRefused: () => {
      refused += 1;
    },
  });
});

function timeOut(address: string, times = 1): void {
  for (let turn = 0; turn < times; turn++)
    circuits.unanswered(address, TIMEOUT, () => {
      const question = Promise.withResolvers<unknown>();
      questions.push(question);
      return question.promise;
    });
}

test('three timeouts in a row open the circuit of that master, and of no other', () => {
  timeOut(MASTER, 2);
  timeOut(OTHER);
  expect(circuits.refusal(MASTER)).toBeUndefined();
  timeOut(MASTER);
  expect(circuits.refusal(MASTER)).toBe(
    `${TIMEOUT}, 3 times in a row: nothing is sent to it until it answers`,
  );
  expect(circuits.refusal(OTHER)).toBeUndefined();
  expect(changes).toEqual([`${MASTER} true 1`]);
  expect(refused).toBe(1);
});

test('an answer in between begins the count again', () => {
  timeOut(MASTER, 2);
  circuits.answered(MASTER);
  expect(circuits.areQuiet()).toBe(true);
  timeOut(MASTER, 2);
  expect(circuits.refusal(MASTER)).toBeUndefined();
  expect(changes).toEqual([]);
});

test('an open circuit asks once at a time, and closes when one is answered', async () => {
  timeOut(MASTER, 10);
  expect(questions).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(questions).toHaveLength(1);
  questions[0]?.reject(new Error('no answer'));
  await vi.advanceTimersByTimeAsync(100);
  expect(questions).toHaveLength(2);
  expect(circuits.refusal(MASTER)).toContain('10 times in a row');
  questions[1]?.resolve('its time');
  await vi.advanceTimersByTimeAsync(0);
  expect(circuits.refusal(MASTER)).toBeUndefined();
  expect(changes).toEqual([`${MASTER} true 1`, `${MASTER} false 0`]);
});

test('a master that answers a question and nothing else is refused again', async () => {
  timeOut(MASTER, 3);
  questions[0]?.resolve('its time');
  await vi.advanceTimersByTimeAsync(0);
  timeOut(MASTER, 3);
  expect(circuits.refusal(MASTER)).toBeDefined();
  expect(questions).toHaveLength(2);
});

test('it is closed by any answer, and asks no more', async () => {
  timeOut(MASTER, 3);
  circuits.answered(MASTER);
  questions[0]?.reject(new Error('no answer'));
  await vi.advanceTimersByTimeAsync(1000);
  expect(questions).toHaveLength(1);
  expect(circuits.refusal(MASTER)).toBeUndefined();
});

test('after close() nothing is asked', async () => {
  timeOut(MASTER, 3);
  circuits.close();
  questions[0]?.reject(new Error('no answer'));
  await vi.advanceTimersByTimeAsync(1000);
  expect(questions).toHaveLength(1);
});
