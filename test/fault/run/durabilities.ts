/** What sidecars with these settings may report. */
export function durabilitiesOf(settings: Readonly<Record<string, string>>): string[] {
  const { DURABILITY = 'stored', SPOOL = 'off' } = settings;
  // What no replica confirms in time is stored.
  return [...new Set(['stored', DURABILITY]), ...(SPOOL === 'on' ? ['spooled'] : [])];
}

/** Whether sidecars with these settings make sure that no unconditional update is lost: they give
 * it back to a master that lacks it, or keep it until replicas have it. */
export function keepsUpdates(settings: Readonly<Record<string, string>>): boolean {
  const { DURABILITY = 'stored', SPOOL = 'off', ECHO = 'off' } = settings;
  return ECHO === 'on' || (SPOOL === 'on' && DURABILITY !== 'stored');
}
