// As much of PromQL as it takes to see what an expression asks for.

/** `name{label op "value", …}`. */
export type Selector = {
  metric: string;
  matchers: { label: string; operator: string; value: string }[];
};

/** Every selector of an expression. Ours always have braces, which tells them from functions. */
export function selectorsIn(expression: string): Selector[] {
  return [...expression.matchAll(/([a-zA-Z_:][\w:]*)\{([^}]*)\}/g)].map(
    ([, metric = '', inside = '']) => ({
      metric,
      matchers: [...inside.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)].map(
        ([, label = '', operator = '', value = '']) => ({ label, operator, value }),
      ),
    }),
  );
}

/** Names of metrics without braces, which `selectorsIn` does not see. */
export function bareMetricsIn(expression: string): string[] {
  const names = expression.matchAll(/(?<![\w:])[a-zA-Z_:][\w:]*(?!\{)(?![\w:])/g);
  return [...names]
    .map(([name]) => name)
    .filter((name) => /^(cognigy_session_|job:|ALERTS|up$)/.test(name));
}

/** Labels that an expression groups or joins by. */
export function groupingLabelsIn(expression: string): string[] {
  const lists = expression.matchAll(
    /\b(?:by|without|on|ignoring|group_left|group_right) \(([^)]*)\)/g,
  );
  return [...lists].flatMap(([, list = '']) => list.split(/, */).filter((label) => label !== ''));
}
