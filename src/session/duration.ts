const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

const SHORT = /^(?:(?<days>\d+)d)?(?:(?<hours>\d+)h)?(?:(?<minutes>\d+)m)?(?:(?<seconds>\d+)s)?$/;
const ISO_8601 =
  /^P(?=\d|T\d)(?:(?<weeks>\d+)W)?(?:(?<days>\d+)D)?(?:T(?=\d)(?:(?<hours>\d+)H)?(?:(?<minutes>\d+)M)?(?:(?<seconds>\d+)S)?)?$/;
const SECONDS = /^(?<seconds>\d+)$/;

/** Reads `24h`, `1h30m`, `PT24H`, `P7D` or whole seconds, in ms; undefined for any other text.
 * Months and years are not accepted, since they have no fixed length. */
export function durationMsFrom(text: string): number | undefined {
  const match =
    text === '' ? null : (SECONDS.exec(text) ?? SHORT.exec(text) ?? ISO_8601.exec(text));
  if (match === null) return undefined;
  const count = (unit: string) => Number(match.groups?.[unit] ?? 0);
  return (
    count('weeks') * WEEK_MS +
    count('days') * DAY_MS +
    count('hours') * HOUR_MS +
    count('minutes') * MINUTE_MS +
    count('seconds') * SECOND_MS
  );
}
