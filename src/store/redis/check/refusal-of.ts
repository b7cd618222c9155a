/** Why something that was asked of a server was refused; undefined if it was not. */
export async function refusalOf(asked: Promise<unknown>): Promise<Error | undefined> {
  try {
    await asked;
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
