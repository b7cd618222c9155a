// Times, sizes and names of enums, for people.

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A time in this browser's zone; as it is if it is none. */
export function timeText(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : DATE.format(date);
}

/** A time relative to now: `in 3 hours`, `2 minutes ago`. */
export function relativeText(time: string, nowMs = Date.now()): string {
  const seconds = Math.round((Date.parse(time) - nowMs) / 1000);
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
  return RELATIVE.format(Math.trunc(seconds / size), unit);
}

/** `512 B`, `1.2 kB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [size, unit] = bytes < 1_000_000 ? [bytes / 1000, 'kB'] : [bytes / 1_000_000, 'MB'];
  return `${size.toFixed(1)} ${unit}`;
}

/** `1 frame`, `2 frames`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** The name of an enum's value without the name of the enum: `OUTCOME_INTACT` is `intact`. */
export function enumText(value: string | undefined, prefix: string): string {
  return (value ?? '').replace(prefix, '').replaceAll('_', ' ').toLowerCase();
}
