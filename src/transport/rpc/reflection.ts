// grpc.reflection.v1 and v1alpha: clients such as buf curl and grpcurl ask here for the protos, so
// that they can call without having them. The two versions have the same messages under two names.

import type { DescFile, DescService, MessageInitShape } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import type {
  ServerReflection,
  ServerReflectionRequest,
  ServerReflectionResponseSchema,
} from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import { createDescriptorIndex, fileBytes, filesWithImports } from './descriptor-index.ts';

type Answer = NonNullable<
  MessageInitShape<typeof ServerReflectionResponseSchema>['messageResponse']
>;

/** gRPC's status codes that an ErrorResponse may carry. */
const STATUS = { invalidArgument: 3, notFound: 5 } as const;

/** Reflection over these services; the streams end when `closing` is aborted. */
export function createReflection(
  services: readonly DescService[],
  closing: AbortSignal,
): ServiceImpl<typeof ServerReflection> {
  const index = createDescriptorIndex(services);

  function answerTo(
    { messageRequest: asked }: ServerReflectionRequest,
    sent: Set<DescFile>,
  ): Answer {
    switch (asked.case) {
      case 'listServices':
        return {
          case: 'listServicesResponse',
          value: { service: index.serviceNames.map((name) => ({ name })) },
        };
      case 'fileByFilename':
        return filesAnswer(index.file(asked.value), sent, `file ${asked.value}`);
      case 'fileContainingSymbol':
        return filesAnswer(index.fileOfSymbol(asked.value), sent, `symbol ${asked.value}`);
      case 'fileContainingExtension': {
        const { containingType, extensionNumber } = asked.value;
        const file = index.fileOfExtension(containingType, extensionNumber);
        return filesAnswer(file, sent, `extension ${extensionNumber} of ${containingType}`);
      }
      case 'allExtensionNumbersOfType': {
        const extensionNumber = index.extensionNumbers(asked.value);
        if (!extensionNumber) return errorAnswer(STATUS.notFound, `unknown: type ${asked.value}`);
        return {
          case: 'allExtensionNumbersResponse',
          value: { baseTypeName: asked.value, extensionNumber },
        };
      }
      case undefined:
        return errorAnswer(
          STATUS.invalidArgument,
          'the request asks for nothing that is known here',
        );
    }
  }

  return {
    async *serverReflectionInfo(requests) {
      const sent = new Set<DescFile>();
      for await (const request of untilAborted(requests, closing)) {
        yield {
          validHost: request.host,
          originalRequest: request,
          messageResponse: answerTo(request, sent),
        };
      }
    },
  };
}

/** A file with what it imports, except what this stream has been sent before. */
function filesAnswer(file: DescFile | undefined, sent: Set<DescFile>, what: string): Answer {
  if (!file) return errorAnswer(STATUS.notFound, `unknown: ${what}`);
  const files = [...filesWithImports([file])].filter(
    (needed) => needed === file || !sent.has(needed),
  );
  for (const needed of files) sent.add(needed);
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto: files.map(fileBytes) } };
}

function errorAnswer(errorCode: number, errorMessage: string): Answer {
  return { case: 'errorResponse', value: { errorCode, errorMessage } };
}

async function* untilAborted<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const aborted = Promise.withResolvers<{ done: true; value: undefined }>();
  const abort = () => aborted.resolve({ done: true, value: undefined });
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  const iterator = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted.promise]);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
