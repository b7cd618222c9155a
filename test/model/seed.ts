/** The seed of a run: MODEL_SEED, or a new one. It is printed, so that a failing run can be run
 * again. */
export function seedOf(model: string): number {
  const seed = Number(process.env.MODEL_SEED ?? Math.floor(Math.random() * 2 ** 32));
  process.stdout.write(`session model on ${model}: MODEL_SEED=${seed}\n`);
  return seed;
}
