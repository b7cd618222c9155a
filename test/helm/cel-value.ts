// The value that a CEL expression of the injection's policy makes: literals and `dyn` alone, and so
// JSON once the `dyn` are taken out. Whatever else stands in it is no JSON, and refused.

const TEXT_OR_DYN = /"(?:\\.|[^"\\])*"|dyn\(|\)/g;

/** Evaluates it. Throws if it is more than literals. */
export function celValue(expression: string): unknown {
  return JSON.parse(
    expression.replace(TEXT_OR_DYN, (found) => (found.startsWith('"') ? found : '')),
  );
}
