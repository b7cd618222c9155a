import { Refusal, type RefusalFacts, type RefusalReason } from '../../src/session/errors.ts';

/** What came of a call: its answer, or why it was refused. */
export type Outcome<T> =
  | { answer: T; refused?: undefined; facts?: undefined; pointers?: undefined }
  | { answer?: undefined; refused: RefusalReason; facts: RefusalFacts; pointers: string[] };

/** Waits for a call; a refusal is an outcome, any other failure is thrown. */
export async function outcomeOf<T>(call: Promise<T>): Promise<Outcome<T>> {
  try {
    return { answer: await call };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { reason, facts, violations } = error;
    return { refused: reason, facts, pointers: violations.map(({ pointer }) => pointer) };
  }
}
