// The wall clock of a sidecar, which a signal sets: SIGUSR2 takes it through these offsets, one
// after the other, and back to the true time.

const MINUTE_MS = 60_000;
export const OFFSETS_MS = [5 * MINUTE_MS, -5 * MINUTE_MS, 0];

const CODE = `
  const offsets = ${JSON.stringify(OFFSETS_MS)};
  const Real = Date;
  let signals = 0;
  let offset = 0;
  globalThis.Date = class extends Real {
    constructor(...given) {
      if (given.length > 0) super(...given);
      else super(Real.now() + offset);
    }
    static now() { return Real.now() + offset; }
  };
  process.on('SIGUSR2', () => { offset = offsets[signals++ % offsets.length]; });`;

/** Arguments of Node that give a process such a clock, in both of its starts. */
export const CLOCK_ON_SIGNAL: readonly string[] = [
  '--import',
  `data:text/javascript,${encodeURIComponent(CODE)}`,
];
