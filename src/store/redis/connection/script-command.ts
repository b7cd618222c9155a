// A call of a script, for ioredis to send. The library's own commands take long to make: several
// functions for each, and a copy of each argument. This one has what Redis.sendCommand(), the reader
// of replies and the end of a connection use of a command; the answer is left as bytes.

import type { Command, Redis } from 'ioredis';
import type { ScriptArguments } from '../scripts/script.ts';

const NAME = 'evalsha';
const TIMED_OUT = 'Command timed out';

const DOLLAR = 0x24;
const RETURN = 0x0d;
const LINE_FEED = 0x0a;
const ASCII_MAX = 0x7f;
/** Up to so many characters a loop is faster than a call of native code. */
const LOOPED_MAX_LENGTH = 64;
const UTF8_MAX_BYTES = 3;
/** Room for what surrounds an argument: `$`, its length, and two ends of lines. */
const AROUND_MAX_BYTES = 24;

/** Sends EVALSHA with these arguments. */
export function sendScript(node: Redis, args: ScriptArguments): Promise<unknown> {
  const command = new ScriptCommand(args);
  node.sendCommand(command as unknown as Command);
  return command.promise;
}

class ScriptCommand {
  readonly name = NAME;
  readonly args: ScriptArguments;
  readonly promise: Promise<unknown>;
  isTraced = false;
  #timer: NodeJS.Timeout | undefined = undefined;
  readonly #resolve: (reply: unknown) => void;
  readonly #reject: (error: unknown) => void;

  constructor(args: ScriptArguments) {
    this.args = args;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  setReplyContext(): void {}

  setTimeout(ms: number): void {
    this.#timer = setTimeout(timeOut, ms, this);
  }

  toWritable(): Buffer {
    return encoded(this.args);
  }

  resolve(reply: unknown): void {
    clearTimeout(this.#timer);
    this.#resolve(reply);
  }

  reject(error: unknown): void {
    clearTimeout(this.#timer);
    this.#reject(error);
  }
}

function timeOut(command: ScriptCommand): void {
  command.reject(new Error(TIMED_OUT));
}

/** The command as Redis reads it: the number of its parts, and each with its length before it. */
function encoded(args: ScriptArguments): Buffer {
  const head = `*${args.length + 1}\r\n$${NAME.length}\r\n${NAME}\r\n`;
  let mostBytes = head.length;
  for (const arg of args)
    mostBytes +=
      AROUND_MAX_BYTES + (typeof arg === 'string' ? arg.length * UTF8_MAX_BYTES : arg.length);
  const bytes = Buffer.allocUnsafe(mostBytes);
  let at = bytes.write(head, 'latin1');
  for (const arg of args) at = writeArgument(bytes, at, arg);
  return bytes.subarray(0, at);
}

function writeArgument(bytes: Buffer, start: number, arg: string | Buffer): number {
  let at = start;
  bytes[at] = DOLLAR;
  if (typeof arg === 'string') {
    const dataAt = writeLength(bytes, at + 1, arg.length);
    at = writeAscii(bytes, dataAt, arg);
    if (at < 0) {
      at = writeLength(bytes, start + 1, Buffer.byteLength(arg));
      at += bytes.write(arg, at);
    }
  } else {
    at = writeLength(bytes, at + 1, arg.length);
    bytes.set(arg, at);
    at += arg.length;
  }
  bytes[at] = RETURN;
  bytes[at + 1] = LINE_FEED;
  return at + 2;
}

/** Writes the length of a part and the end of its line; returns the place behind. */
function writeLength(bytes: Buffer, start: number, length: number): number {
  let at = start;
  const digits = String(length);
  for (let place = 0; place < digits.length; place++) bytes[at++] = digits.charCodeAt(place);
  bytes[at] = RETURN;
  bytes[at + 1] = LINE_FEED;
  return at + 2;
}

/** Writes a short text if it is ASCII; returns the place behind, or -1. */
function writeAscii(bytes: Buffer, at: number, text: string): number {
  const { length } = text;
  if (length > LOOPED_MAX_LENGTH) return -1;
  let all = 0;
  for (let place = 0; place < length; place++) {
    const code = text.charCodeAt(place);
    all |= code;
    bytes[at + place] = code;
  }
  return all > ASCII_MAX ? -1 : at + length;
}
