import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { invalid, Refusal } from '../../src/session/errors.ts';
import { StoreUnavailable } from '../../src/store/session-store.ts';
import { createLog, type Logger, RARELY_MS } from '../../src/telemetry/log.ts';
import { LOG_LEVELS, type LogLevel } from '../../src/telemetry/log-level.ts';

let written: string[];
beforeEach(() => {
  written = [];
});

function logAt(level: LogLevel): Logger {
  return createLog({ level, write: (line) => written.push(line) });
}

function lines(): Record<string, unknown>[] {
  return written.map((line) => JSON.parse(line));
}

describe('a line', () => {
  test('is one JSON object with time, level, message and fields', () => {
    logAt('debug').warn('the store is slow', { seconds: 1.5, line: 'a\nb' });
    expect(written).toHaveLength(1);
    expect(written[0]).toMatch(
      /^\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","level":"warn",[^\n]*\}\n$/,
    );
    expect(lines()[0]).toMatchObject({
      level: 'warn',
      message: 'the store is slow',
      seconds: 1.5,
      line: 'a\nb',
    });
  });

  test.each(LOG_LEVELS)('is written from level %s on', (level) => {
    const log = logAt(level);
    for (const each of LOG_LEVELS) log[each](each);
    expect(lines().map((line) => line.level)).toEqual(LOG_LEVELS.slice(LOG_LEVELS.indexOf(level)));
  });

  test('keeps its time, level and message, whatever the fields say', () => {
    logAt('info').info('true', { message: 'false', level: 'false', time: 'false' });
    expect(lines()[0]).toMatchObject({ level: 'info', message: 'true' });
    expect(lines()[0]?.time).not.toBe('false');
  });

  test('has the fields of all its parents, the closest first', () => {
    logAt('info').child({ a: 1, b: 1 }).child({ b: 2, c: 2 }).info('m', { c: 3 });
    expect(lines()[0]).toMatchObject({ a: 1, b: 2, c: 3 });
  });

  test('is written for fields that JSON has no form for, too', () => {
    const circle: Record<string, unknown> = { big: 2n ** 60n };
    logAt('info').info('big', circle);
    circle.self = circle;
    logAt('info').info('circle', circle);
    expect(lines()).toMatchObject([{ big: '1152921504606846976' }, { message: 'circle' }]);
  });
});

describe('an error in a line', () => {
  test('has its message and causes', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:6379'), {
      code: 'ECONNREFUSED',
    });
    const error = new StoreUnavailable('append', { reason: 'no connection', cause: refused });
    logAt('info').warn('m', { error });
    expect(lines()[0]?.error).toEqual({
      name: 'StoreUnavailable',
      message: 'append did not reach the store: no connection',
      cause: { name: 'Error', message: 'connect ECONNREFUSED 10.0.0.1:6379', code: 'ECONNREFUSED' },
    });
  });

  test('has a stack if it is a bug, and none if it is a refusal', () => {
    const bug = new TypeError('x is not a function');
    logAt('info').error('m', { bug, refusal: invalid('/sessionId', 'no') });
    expect(lines()[0]).toMatchObject({ bug: { stack: bug.stack }, refusal: { message: 'no' } });
    expect(lines()[0]?.refusal).not.toHaveProperty('stack');
  });

  test('shows nothing but name, message, code and causes', () => {
    const error = Object.assign(new Refusal('invalid', 'no'), {
      command: { args: ['the-content'] },
    });
    logAt('info').warn('m', {
      error: new Error('outer', { cause: error }),
      other: new Error('o', { cause: 'the-content' }),
    });
    expect(written[0]).not.toContain('the-content');
  });

  test('may be its own cause', () => {
    const error = new Error('round');
    error.cause = error;
    logAt('info').warn('m', { error });
    expect(lines()).toMatchObject([{ error: { message: 'round', cause: { message: 'round' } } }]);
  });
});

describe('rarely()', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('writes the first line at once, then one in ten seconds with the number left out', () => {
    const log = logAt('info').rarely('connection');
    for (let ms = 0; ms < 25_000; ms += 10) {
      log.warn('no connection', { ms });
      vi.advanceTimersByTime(10);
    }
    expect(lines().map(({ ms, leftOut }) => ({ ms, leftOut }))).toEqual([
      { ms: 0, leftOut: undefined },
      { ms: 9990, leftOut: 998 },
      { ms: 19_990, leftOut: 999 },
    ]);
    vi.advanceTimersByTime(RARELY_MS);
    expect(lines().at(-1)).toMatchObject({ ms: 24_990, leftOut: 499 });
  });

  test('accounts for every line: written and left out add up', () => {
    const log = logAt('info').rarely('key');
    const sent = 3701;
    for (let i = 0; i < sent; i++) {
      log.warn('again');
      vi.advanceTimersByTime(i % 37);
    }
    vi.advanceTimersByTime(RARELY_MS);
    const leftOut = lines().reduce((sum, line) => sum + Number(line.leftOut ?? 0), 0);
    expect(written.length + leftOut).toBe(sent);
  });

  test('keeps keys apart, and one key together across children', () => {
    const log = logAt('info');
    log.rarely('a').warn('a1');
    log.rarely('b').warn('b1');
    log.child({ part: 'x' }).rarely('a').warn('a2');
    log.rarely('a').child({ part: 'y' }).warn('a3');
    expect(lines().map((line) => line.message)).toEqual(['a1', 'b1']);
    vi.advanceTimersByTime(RARELY_MS);
    expect(lines().at(-1)).toMatchObject({ message: 'a3', part: 'y', leftOut: 1 });
  });

  test('writes at once again after ten quiet seconds, and keeps no timer for a silent key', () => {
    const log = logAt('info').rarely('a');
    log.warn('one');
    vi.advanceTimersByTime(RARELY_MS);
    expect(vi.getTimerCount()).toBe(0);
    log.warn('two');
    expect(lines().map((line) => line.message)).toEqual(['one', 'two']);
  });

  test('does not open a window for a level that is not written', () => {
    const log = logAt('warn').rarely('a');
    log.debug('quiet');
    log.warn('loud');
    expect(lines().map((line) => line.message)).toEqual(['loud']);
  });

  test('takes bounded memory for keys without bound', () => {
    const log = logAt('info');
    for (let i = 0; i < 5000; i++) log.rarely(`key ${i}`).warn('m');
    expect(vi.getTimerCount()).toBeLessThanOrEqual(1001);
  });
});

describe('where requests are traced', () => {
  test('each line has the trace that it was logged in, also one that is written later', () => {
    vi.useFakeTimers();
    let trace: Record<string, string> | undefined = { trace_id: 'one' };
    const write = (line: string) => written.push(line);
    const log = createLog({ level: 'info', write, traceFields: () => trace });
    log.child({ part: 'x' }).info('first');
    const rare = log.rarely('a');
    rare.warn('at once');
    rare.warn('later');
    trace = undefined;
    log.info('outside');
    vi.advanceTimersByTime(RARELY_MS);
    expect(lines().map(({ message, trace_id }) => [message, trace_id])).toEqual([
      ['first', 'one'],
      ['at once', 'one'],
      ['outside', undefined],
      ['later', 'one'],
    ]);
    vi.useRealTimers();
  });
});
