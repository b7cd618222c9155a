// The kinds of settings. Each describes in words which values it accepts; these words are the range
// in the table of settings, and part of the message when a value is refused.

import { resolve } from 'node:path';
import { durationMsFrom } from '../session/duration.ts';

/** One setting, without its name. */
export type Setting<Value> = {
  /** As it would be written in the environment; empty: none. */
  default: string;
  /** The accepted values, with their unit: completes "must be …". */
  range: string;
  /** One sentence. */
  description: string;
  /** Its value is never shown, because it is or may contain a credential. */
  hidden?: true;
  /** May be read from a file instead, whose path is in `…_FILE`. */
  secret?: true;
  /** Another name for it. */
  alias?: string;
  /** What exactly is wrong with a hidden text, without showing it. */
  whatIsWrong?(text: string): string | undefined;
  /** Why this value cannot replace the one before it while the process runs. */
  whyNotAfter?(value: Value, before: Value): string | undefined;
  /** The value, or undefined if the text is out of range. */
  parse(text: string): Value | undefined;
};

/** Longest part of a refused value that is shown. */
const SHOWN_MAX_LENGTH = 60;

/** What Node reads instead of bytes that are not UTF-8, which would make different secrets
 * equal. */
const NOT_UTF8 = '\ufffd';

/** The value of a variable's text. Throws if the text is out of range, with a line that says what
 * the variable accepts and what it contains, or for a hidden one what is wrong with it; and if the
 * text was not UTF-8. */
export function parseSetting<Value>(
  variable: string,
  setting: Setting<Value>,
  text: string,
): Value {
  if (text.includes(NOT_UTF8)) throw new Error(`${variable} holds bytes that are not UTF-8`);
  const value = setting.parse(text);
  if (value !== undefined) return value;
  const wrong = setting.hidden ? setting.whatIsWrong?.(text) : `not ${JSON.stringify(cut(text))}`;
  throw new Error(`${variable} must be ${setting.range}${wrong === undefined ? '' : `; ${wrong}`}`);
}

function cut(text: string): string {
  return text.length > SHOWN_MAX_LENGTH ? `${text.slice(0, SHOWN_MAX_LENGTH)}…` : text;
}

/** A whole number, written in digits only. */
export function integer<const Default extends string>(
  { default: given, unit, min, max }: { default: Default; unit: string; min: number; max: number },
  description: string,
) {
  return {
    default: given,
    range: `a whole number of ${unit} from ${min} to ${max}`,
    description,
    parse(text: string): number | undefined {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : undefined;
    },
  };
}

/** One of a few words. */
export function choice<const Default extends string, const Word extends string>(
  { default: given, words }: { default: Default; words: readonly Word[] },
  description: string,
) {
  return {
    default: given,
    range: `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`,
    description,
    parse: (text: string): Word | undefined => words.find((word) => word === text),
  };
}

/** A length of time, in ms; `rangeText` says the bounds in words. */
export function duration<const Default extends string>(
  options: { default: Default; minMs: number; maxMs: number; rangeText: string },
  description: string,
) {
  const { default: given, minMs, maxMs, rangeText } = options;
  return {
    default: given,
    range: `a duration such as 24h, 90m, PT24H, P7D or 3600 (seconds), ${rangeText}`,
    description,
    parse(text: string): number | undefined {
      const value = durationMsFrom(text);
      return value !== undefined && value >= minMs && value <= maxMs ? value : undefined;
    },
  };
}

/** Any text that `parse` accepts. */
export function text<const Default extends string, Value>(
  form: { default: Default; range: string; parse: (text: string) => Value | undefined },
  description: string,
) {
  return { ...form, description };
}

/** Any text; none is the default. */
export function anyText(range: string, description: string) {
  return text({ default: '', range, parse: (given) => given }, description);
}

/** A path, absolute from here on. */
export function path<const Default extends string>(
  { default: given, of }: { default: Default; of: string },
  description: string,
) {
  const range = `the path of ${of}`;
  return text({ default: given, range, parse: (relative) => resolve(relative) }, description);
}

/** A setting whose value is never shown. */
export function hidden<Shown extends object>(setting: Shown) {
  return { ...setting, hidden: true } as const;
}

/** One that may be read from a file as well. */
export function secret<Shown extends object>(setting: Shown) {
  return { ...setting, hidden: true, secret: true } as const;
}
