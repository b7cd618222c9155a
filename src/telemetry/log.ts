// The log: one JSON object per line and event. What is written is a promise to the operator of
// the service:
//
// * A line always has `time` (RFC 3339, UTC), `level` and `message`; no field can replace them.
// * Sessions and users appear by their log id alone (session/log-id.ts), and no value of a session
//   at all.
// * A stack is written for a bug, never for a refusal or an unreachable store: those are everyday
//   events, and their message and cause say what there is to know.
// * What may come a hundred times per second (a store that is down) is written through `rarely`, at
//   most one line per key in ten seconds, and each line counts the ones before it that were left
//   out.
// * Writing never throws.

import { LOG_LEVELS, type LogLevel } from './log-level.ts';
import { loggedError } from './logged-error.ts';

/** Further members of a line. Errors are written with message and causes. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Least time between two lines of one key. */
export const RARELY_MS = 10_000;

/** Keys of `rarely` that are kept apart at one time; further ones share the last. A key is a
 * constant of the code or a node of the store, so this is never reached by correct callers. */
const RARE_KEYS_MAX = 1000;

export type Logger = {
  /** For debugging this service. */
  debug(message: string, fields?: LogFields): void;
  /** Something changed as it should. */
  info(message: string, fields?: LogFields): void;
  /** Something is wrong, and the service continues. */
  warn(message: string, fields?: LogFields): void;
  /** Something is wrong that an operator has to act on. */
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to each line. */
  child(fields: LogFields): Logger;
  /** A logger whose lines all belong to one key, of which one is written in ten seconds. The next
   * line has the number of those left out as `leftOut`. */
  rarely(key: string): Logger;
};

/** Where lines go, and from which level on. */
export type LogOptions = {
  level: LogLevel;
  /** Takes one line with its line feed. */
  write: (line: string) => void;
  /** Called with each line that is logged: fields that name the trace which it belongs to. Absent:
   * there are no traces. */
  traceFields?: (() => LogFields | undefined) | undefined;
};

type Line = { level: LogLevel; message: string; fields: LogFields };
type Emit = (line: Line) => void;

/** A log that writes lines of `level` and above. */
export function createLog(options: LogOptions): Logger {
  const { level, write, traceFields } = options;
  const emit: Emit = (line) => write(lineText(line));
  const rareEmitter = rareEmitters(emit);
  if (!traceFields) return createLogger(LOG_LEVELS.indexOf(level), emit, rareEmitter);
  // Now, since a line that is written rarely may be written later.
  const inTrace =
    (inner: Emit): Emit =>
    (line) =>
      inner({ ...line, fields: { ...line.fields, ...traceFields() } });
  return createLogger(LOG_LEVELS.indexOf(level), inTrace(emit), (key) => inTrace(rareEmitter(key)));
}

function createLogger(lowest: number, emit: Emit, rareEmitter: (key: string) => Emit): Logger {
  const at = (level: LogLevel) => {
    if (LOG_LEVELS.indexOf(level) < lowest) return () => {};
    return (message: string, fields: LogFields = {}) => emit({ level, message, fields });
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child(fields) {
      const within =
        (inner: Emit): Emit =>
        (line) =>
          inner({ ...line, fields: { ...fields, ...line.fields } });
      return createLogger(lowest, within(emit), (key) => within(rareEmitter(key)));
    },
    rarely: (key) => createLogger(lowest, rareEmitter(key), rareEmitter),
  };
}

/** Emitters that write one line per key and ten seconds. What was left out when they have passed
 * is written then, so that no count is lost and a key that falls silent takes no memory. */
function rareEmitters(emit: Emit): (key: string) => Emit {
  const held = new Map<string, { last: Line | undefined; count: number }>();

  const open = (key: string) => {
    held.set(key, { last: undefined, count: 0 });
    setTimeout(() => {
      const { last, count = 0 } = held.get(key) ?? {};
      held.delete(key);
      if (last === undefined) return;
      emit(count > 1 ? { ...last, fields: { ...last.fields, leftOut: count - 1 } } : last);
      open(key);
    }, RARELY_MS).unref();
  };

  return (asked) => (line) => {
    const key = held.has(asked) || held.size < RARE_KEYS_MAX ? asked : '';
    const waiting = held.get(key);
    if (waiting === undefined) {
      open(key);
      emit(line);
    } else {
      waiting.last = line;
      waiting.count += 1;
    }
  };
}

function lineText({ level, message, fields }: Line): string {
  const head = { time: new Date().toISOString(), level, message };
  try {
    return `${JSON.stringify(Object.assign({}, head, fields, head), writtenValue)}\n`;
  } catch (error) {
    return `${JSON.stringify({ ...head, unwritable: String(error) })}\n`;
  }
}

function writtenValue(_key: string, value: unknown): unknown {
  if (value instanceof Error) return loggedError(value);
  return typeof value === 'bigint' ? String(value) : value;
}
