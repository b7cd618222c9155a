// How much of its memory the process lets V8 use, in flags of Node. V8 by itself chooses sizes that
// together with what lies outside of its heap may exceed a container's limit, and a young
// generation so small that it costs CPU.
//
// Of a container of 256 MiB, MiB:
//
//   128  objects that have survived for a while (the old generation)
//    24  new objects: three semi-spaces of 8. With twice or four times as much, requests take the
//        same CPU time, to a tenth
//    50  Node's program, which Linux can drop and read again
//    54  the rest: Node's own data, and the bodies and answers in flight

const MIB = 1024 * 1024;
const OLD_SHARE = 1 / 2;
const SEMI_SPACE_SHARE = 1 / 32;
/** V8 would choose 32 where memory is plenty. Then young objects are collected so rarely that the
 * buffers which are freed with them reach the limit at which V8 collects everything. With 8, a
 * conversation takes 1.05 of the CPU time, and the process 20 MiB less. */
const SEMI_SPACE_MAX_MIB = 16;

/** Assumed where the container has no limit. With more, V8 collects so rarely that the buffers
 * of answers, which are freed with old objects, take 50 MiB. */
const ASSUMED_LIMIT_BYTES = 512 * MIB;

/** V8 creates objects in the old generation where it has seen many of their kind survive, and does
 * not look again. Here objects live as long as their request, of which there are many under way
 * while the process is starting and its young generation is small. */
const NO_PRETENURING = '--no-allocation-site-pretenuring';

/** How much the old generation may grow until it is collected, percent of what lives there. In a
 * small heap V8 allows so little that the buffers of answers reach it before young objects are
 * collected: restores of 20 kB then take 1.1 to 1.3 times the CPU time, the process 10 MiB less. */
const GROWING = '--heap-growing-percent=80';

/** The flags for a process that may use so much memory, without those that were given already. */
export function heapFlags(
  limitBytes = ASSUMED_LIMIT_BYTES,
  given: readonly string[] = [],
): string[] {
  const limitMib = limitBytes / MIB;
  const semiSpaceMib = Math.min(SEMI_SPACE_MAX_MIB, Math.max(1, limitMib * SEMI_SPACE_SHARE));
  // V8 would round up to a power of two.
  const flags = {
    '--max-old-space-size': Math.floor(limitMib * OLD_SHARE),
    '--max-semi-space-size': 2 ** Math.floor(Math.log2(semiSpaceMib)),
  };
  return [
    ...Object.entries(flags)
      .filter(([flag]) => !given.some((text) => text.includes(flag)))
      .map(([flag, mib]) => `${flag}=${mib}`),
    NO_PRETENURING,
    GROWING,
  ];
}
