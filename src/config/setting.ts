// The kinds of settings. Each describes in words which values it accepts; these words are the range
// in the table of settings, and part of the message when a value is refused.

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

type Described = { description: string };

/** A whole number, written in digits only. */
export function integer<const Default extends string>(
  options: Described & { default: Default; unit: string; min: number; max: number },
) {
  const { default: defaultText, unit, min, max, description } = options;
  return {
    default: defaultText,
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
  options: Described & { default: Default; words: readonly Word[] },
) {
  const { default: defaultText, words, description } = options;
  return {
    default: defaultText,
    range: `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`,
    description,
    parse: (text: string): Word | undefined => words.find((word) => word === text),
  };
}

/** A length of time, in ms. */
export function duration<const Default extends string>(
  options: Described & { default: Default; minMs: number; maxMs: number; rangeText: string },
) {
  const { default: defaultText, minMs, maxMs, rangeText, description } = options;
  return {
    default: defaultText,
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
  options: Described & {
    default: Default;
    range: string;
    parse: (text: string) => Value | undefined;
  },
) {
  return options;
}
