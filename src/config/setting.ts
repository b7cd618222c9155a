// The kinds of settings. Each says in words what it takes; those words are the range in the table
// of settings, and the message when a value is refused.

import { durationMsFrom } from '../session/duration.ts';

/** One setting, but for its name. */
export type Setting<Value> = {
  /** As one would write it; empty: none. */
  default: string;
  /** What it takes, with its unit: completes "must be …". */
  range: string;
  /** One sentence. */
  description: string;
  /** What stands there is never shown, for it is or may hold a credential. */
  hidden?: true;
  /** May be read from a file instead, whose path stands in `…_FILE`. */
  secret?: true;
  /** Another name for it. */
  alias?: string;
  /** What exactly is wrong with a hidden text, without showing it. */
  whatIsWrong?(text: string): string | undefined;
  /** The value, or undefined if the text is out of range. */
  parse(text: string): Value | undefined;
};

/** Longest part of a refused value that is shown. */
const SHOWN_MAX_LENGTH = 60;

/** What Node reads in the place of bytes that are not UTF-8, so that different secrets would
 * become one. */
const NOT_UTF8 = '\ufffd';

/** The value of a text that stands in a variable. Refuses with a line that says what the variable
 * takes and what it holds, or for a hidden one what is wrong with it; and text that was not
 * UTF-8. */
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

/** A whole number, written in digits alone. */
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

/** Whatever `parse` reads. */
export function text<const Default extends string, Value>(
  options: Described & {
    default: Default;
    range: string;
    parse: (text: string) => Value | undefined;
  },
) {
  return options;
}
