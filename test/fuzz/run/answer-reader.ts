// Reads the answers to requests in due form from an HTTP/1.1 connection.

export type Answer = { status: string; isLast: boolean; text: string };

const HEAD_END = '\r\n\r\n';

/** The first answer in these bytes, as soon as it is complete; interim ones (1xx) are passed
 * over. */
export function readAnswer(bytes: Buffer, isHead: boolean): Answer | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const rest = bytes.subarray(headEnd + HEAD_END.length);
  const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1];
  if (status === undefined)
    throw new Error(`this is no answer: ${JSON.stringify(head.slice(0, 100))}`);
  if (status.startsWith('1')) return readAnswer(rest, isHead);
  const end = isHead || status === '204' || status === '304' ? 0 : bodyEnd(head, rest);
  if (end === undefined) return undefined;
  const text = `${head}\r\n${rest.toString('latin1', 0, end)}`;
  return {
    text,
    status: status + grpcStatusIn(text),
    isLast: /^connection: close$/im.test(head),
  };
}

/** The statuses of all answers in these bytes, of whatever requests. */
export function statusesIn(bytes: Buffer): string[] {
  const answers = bytes.toString('latin1').split(/(?=HTTP\/1\.1 \d{3} )/);
  return answers.flatMap((answer) => {
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1];
    return status === undefined ? [] : [status + grpcStatusIn(answer)];
  });
}

/** In the headers, or in the trailers, which gRPC-Web has in the body. */
function grpcStatusIn(answer: string): string {
  const status = /^(?:.{5})?grpc-status: ?(\d+)/ims.exec(answer)?.[1];
  return status === undefined ? '' : ` grpc ${status}`;
}

function bodyEnd(head: string, rest: Buffer): number | undefined {
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  if (length !== undefined) return rest.length >= Number(length) ? Number(length) : undefined;
  if (!/^transfer-encoding: chunked$/im.test(head)) throw new Error('an answer without a length');
  return chunksEnd(rest);
}

function chunksEnd(rest: Buffer): number | undefined {
  for (let at = 0; ; ) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(rest.toString('latin1', at, lineEnd), 16);
    at = lineEnd + 2;
    if (size === 0) {
      const trailersEnd = rest.indexOf('\r\n', at) === at ? at : rest.indexOf(HEAD_END, at) + 2;
      return trailersEnd < at || rest.length < trailersEnd + 2 ? undefined : trailersEnd + 2;
    }
    at += size + 2;
  }
}
