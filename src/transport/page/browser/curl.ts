// A call of this service as a line for a shell.

/** A line that calls a method by `buf curl`. The token is not in it: the shell looks it up. */
export function curlLine(
  { origin, hasToken }: { origin: string; hasToken: boolean },
  method: string,
  request: object,
): string {
  return [
    'buf curl --protocol connect',
    ...(origin.startsWith('http:') ? ['--http2-prior-knowledge'] : []),
    ...(hasToken ? ['--header "authorization: Bearer $RPC_TOKEN"', "--reflect-header '*'"] : []),
    `--data ${quoted(JSON.stringify(request))}`,
    `${origin}/cognigy.session.v1.SessionService/${method}`,
  ].join(' ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
