// Requests of HTTP/2, each on a stream of its own.
//
// A request may be answered before its body has arrived. The rest is read and dropped, since a
// client that waits to send it would keep its stream open; beyond a limit the client is asked to
// stop (RST_STREAM NO_ERROR, which leaves the answer valid). Not earlier: a stream that is reset
// together with its answer loses it.

import { constants, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { Channel } from './channel.ts';
import { peerOf } from './peer.ts';
import type { ServeLimits } from './serve-limits.ts';

/** Creates the channel of a request. */
export function createHttp2Channel(
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  { restMaxBytes }: Pick<ServeLimits, 'restMaxBytes'>,
): Channel {
  const { stream } = request;
  // `complete` would not do: it says whether the handler has read the body, not whether it has
  // come.
  const hasArrived = () => stream.state.remoteClose === 1;
  stream.once('finish', () => {
    let restBytes = 0;
    stream.removeAllListeners('data').on('data', (chunk: Buffer) => {
      restBytes += chunk.length;
      if (restBytes > restMaxBytes) stream.close(constants.NGHTTP2_NO_ERROR);
    });
    stream.resume();
  });
  return {
    connection: undefined,
    peer: peerOf(request.socket),
    hasArrived,
    sendContinue() {
      // Its client may have reset the stream together with opening it; then this would throw.
      if (!stream.destroyed && !stream.closed) response.writeContinue();
    },
    closeAfterAnswer() {},
    ended() {},
    cut(why) {
      const isAnswered = response.writableEnded && stream.writableFinished;
      const lost = why === 'failed' ? constants.NGHTTP2_INTERNAL_ERROR : constants.NGHTTP2_CANCEL;
      stream.close(isAnswered ? constants.NGHTTP2_NO_ERROR : lost);
      return isAnswered;
    },
  };
}
