/** What sidecars with these settings may report. */
export function durabilitiesOf(settings: Readonly<Record<string, string>>): string[] {
  const { DURABILITY = 'stored', SPOOL = 'off' } = settings;
  // What no replica confirms in time is stored.
  return [...new Set(['stored', DURABILITY]), ...(SPOOL === 'on' ? ['spooled'] : [])];
}
