// The methods that the conformance suite calls. A request says what the method has to answer:
// headers, messages, an error, trailers, and how long to wait first. The answer also reports what
// the method has received. The comments of service.proto say the rules in full.

import { setTimeout as delay } from 'node:timers/promises';
import { create, type FileRegistry, type Message } from '@bufbuild/protobuf';
import { type Any, anyPack } from '@bufbuild/protobuf/wkt';
import { ConnectError, type HandlerContext } from '@connectrpc/connect';
import { messageNamed } from './conformance-descriptor.ts';

type Header = { name: string; value: string[] };
type ErrorDefinition = { code: number; message?: string; details: Any[] };

/** What a method with one answer has to answer. */
type UnaryDefinition = {
  responseHeaders: Header[];
  responseTrailers: Header[];
  responseDelayMs: number;
  response: { case: 'responseData'; value: Uint8Array } | { case: 'error'; value: ErrorDefinition };
};

/** What a method with a stream of answers has to answer. */
type StreamDefinition = Omit<UnaryDefinition, 'response'> & {
  responseData: Uint8Array[];
  error?: ErrorDefinition;
};

export type UnaryRequest = Message & { responseDefinition?: UnaryDefinition };
export type StreamRequest = Message & {
  responseDefinition?: StreamDefinition;
  fullDuplex?: boolean;
};

/** An answer: each of the suite's has this form. */
export type Answer = { payload: { data?: Uint8Array; requestInfo?: Record<string, unknown> } };

/** What a method needs to know of its call, and may add to the answer. */
export type Call = Pick<
  HandlerContext,
  'requestHeader' | 'responseHeader' | 'responseTrailer' | 'requestMethod' | 'timeoutMs' | 'url'
>;

export type ConformanceMethods = ReturnType<typeof createConformanceMethods>;

/** `unimplemented` is left out: the suite checks how a missing method is answered. */
export function createConformanceMethods(registry: FileRegistry) {
  const infoSchema = messageNamed(registry, 'ConformancePayload.RequestInfo');
  const anyOf = (message: Message): Any =>
    anyPack(registry.getMessage(message.$typeName) ?? infoSchema, message as never);

  function errorOf(definition: ErrorDefinition, info?: Record<string, unknown>): ConnectError {
    const details = [...definition.details];
    if (info) details.push(anyPack(infoSchema, create(infoSchema, info)));
    const incoming = details.map(({ typeUrl, value }) => ({
      type: typeUrl.slice(typeUrl.lastIndexOf('/') + 1),
      value,
    }));
    const error = new ConnectError(definition.message ?? '', definition.code);
    error.details.push(...incoming);
    return error;
  }

  async function answerOnce(
    definition: UnaryDefinition | undefined,
    requests: readonly Message[],
    call: Call,
  ): Promise<Answer> {
    const requestInfo = requestInfoOf(call, requests.map(anyOf));
    if (!definition) return { payload: { requestInfo } };
    addHeaders(call, definition);
    await delay(definition.responseDelayMs);
    const { response } = definition;
    if (response.case === 'error') throw errorOf(response.value, requestInfo);
    return { payload: { requestInfo, ...(response.value && { data: response.value }) } };
  }

  /** Answers from the `from`th on, then the error, if there is to be one. */
  async function* answerRest(
    definition: StreamDefinition | undefined,
    { from, requests, call }: { from: number; requests: readonly Message[]; call: Call },
  ): AsyncGenerator<Answer> {
    if (!definition) return;
    const requestInfo = requestInfoOf(call, requests.map(anyOf));
    for (const [index, data] of definition.responseData.entries()) {
      if (index < from) continue;
      await delay(definition.responseDelayMs);
      yield { payload: { data, ...(index === 0 && { requestInfo }) } };
    }
    if (!definition.error) return;
    const isFirst = definition.responseData.length === 0;
    throw errorOf(definition.error, isFirst ? requestInfo : undefined);
  }

  return {
    unary: (request: UnaryRequest, call: Call) =>
      answerOnce(request.responseDefinition, [request], call),

    idempotentUnary: (request: UnaryRequest, call: Call) =>
      answerOnce(request.responseDefinition, [request], call),

    async clientStream(stream: AsyncIterable<UnaryRequest>, call: Call): Promise<Answer> {
      const requests = await Array.fromAsync(stream);
      return answerOnce(requests[0]?.responseDefinition, requests, call);
    },

    async *serverStream(request: StreamRequest, call: Call): AsyncGenerator<Answer> {
      const definition = request.responseDefinition;
      if (definition) addHeaders(call, definition);
      yield* answerRest(definition, { from: 0, requests: [request], call });
    },

    async *bidiStream(stream: AsyncIterable<StreamRequest>, call: Call): AsyncGenerator<Answer> {
      let definition: StreamDefinition | undefined;
      let isFullDuplex = false;
      let answered = 0;
      const requests: StreamRequest[] = [];
      for await (const request of stream) {
        if (requests.length === 0) {
          definition = request.responseDefinition;
          isFullDuplex = request.fullDuplex ?? false;
          if (definition) addHeaders(call, definition);
        }
        requests.push(request);
        if (!isFullDuplex) continue;
        const data = definition?.responseData[answered];
        if (data === undefined) break;
        await delay(definition?.responseDelayMs);
        const isFirst = answered === 0;
        const requestInfo = isFirst
          ? requestInfoOf(call, [anyOf(request)])
          : { requests: [anyOf(request)] };
        yield { payload: { data, requestInfo } };
        answered += 1;
      }
      yield* answerRest(definition, { from: answered, requests, call });
    },
  };
}

function requestInfoOf(call: Call, requests: readonly Any[]): Record<string, unknown> {
  const timeoutMs = call.timeoutMs();
  const { searchParams } = new URL(call.url);
  return {
    requestHeaders: [...call.requestHeader].map(([name, value]) => ({ name, value: [value] })),
    requests,
    ...(timeoutMs !== undefined && { timeoutMs: BigInt(Math.round(timeoutMs)) }),
    ...(call.requestMethod === 'GET' && {
      connectGetInfo: {
        queryParams: [...searchParams].map(([name, value]) => ({ name, value: [value] })),
      },
    }),
  };
}

function addHeaders(
  call: Call,
  {
    responseHeaders,
    responseTrailers,
  }: Pick<UnaryDefinition, 'responseHeaders' | 'responseTrailers'>,
): void {
  for (const { name, value } of responseHeaders)
    for (const each of value) call.responseHeader.append(name, each);
  for (const { name, value } of responseTrailers)
    for (const each of value) call.responseTrailer.append(name, each);
}
