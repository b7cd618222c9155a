/** What sidecars with these settings may report, and whether it survives what the store loses. */
export function durabilitiesOf(settings: Readonly<Record<string, string>>): {
  durabilities: string[];
  isLossless: boolean;
} {
  const { DURABILITY = 'stored', SPOOL = 'off' } = settings;
  return {
    durabilities: [DURABILITY, ...(SPOOL === 'on' ? ['spooled'] : [])],
    isLossless: DURABILITY !== 'stored',
  };
}
