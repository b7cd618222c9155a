// How a run is asked for, by variables of the environment:
//
//   FUZZ_SEED     the seed of an earlier run, to repeat it
//   FUZZ_INPUTS   how many inputs
//   FUZZ_ONLY     numbers of inputs, separated by commas: only these are sent, one after another
//   FUZZ_KIND     the name of a kind: only its inputs are sent

const SHORT_RUN = 20_000;

export type FuzzSettings = {
  seed: number;
  inputs: number;
  only: readonly number[] | undefined;
  kind: string | undefined;
};

/** The settings of this run; the seed is printed, so that a failing run can be repeated. */
export function fuzzSettings(): FuzzSettings {
  const { FUZZ_SEED, FUZZ_INPUTS, FUZZ_ONLY, FUZZ_KIND } = process.env;
  const seed = Number(FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32));
  process.stdout.write(`fuzzer: FUZZ_SEED=${seed}\n`);
  return {
    seed,
    inputs: Number(FUZZ_INPUTS ?? SHORT_RUN),
    only: FUZZ_ONLY?.split(',').map(Number),
    kind: FUZZ_KIND,
  };
}
