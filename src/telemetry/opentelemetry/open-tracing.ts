// Traces by OpenTelemetry's own packages. Imported only where traces are on.
//
// What serves a request is run within a context of Node, from which logs, metrics and commands to
// the store learn its span: nothing is passed along. The context outlives the answer, in timers and
// compactions that the request started; these are no part of its trace, so a span that has ended
// counts as none.

import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingHttpHeaders } from 'node:http';
import {
  type Context,
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import type { ErrorType } from '../../session/errors.ts';
import type { RequestSpan, TracedOutcome, TraceIds, Tracing, TracingConfig } from '../tracing.ts';
import { commandAttributes, errorTypeOf, isRoutine } from './command-attributes.ts';
import { createSpanExport, type OnSpans } from './span-export.ts';
import { createTracerProvider } from './tracer-provider.ts';

const NAME = 'cognigy-session-sidecar';
const PROPAGATOR = new W3CTraceContextPropagator();
const HEADERS = {
  get: (headers: IncomingHttpHeaders, name: string) => headers[name],
  keys: (headers: IncomingHttpHeaders) => Object.keys(headers),
};

/** Starts to send traces; it connects when there is something to send. `version` is that of the
 * service. */
export function openTracing(config: TracingConfig, { version }: { version: string }): Tracing {
  let onSpans: OnSpans = () => {};
  const processor = createSpanExport(config, {
    userAgent: `${NAME}/${version}`,
    onSpans: (...spans) => onSpans(...spans),
  });
  const provider = createTracerProvider(config, { version, processor });
  const tracer = provider.getTracer(NAME, version);
  const serving = new AsyncLocalStorage<TracedRequest>();

  return {
    startRequest(name, headers) {
      const parent = PROPAGATOR.extract(ROOT_CONTEXT, headers, HEADERS);
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER }, parent);
      return new TracedRequest(span, trace.setSpan(parent, span), serving);
    },
    note(attributes) {
      const request = openRequest();
      if (request?.span.isRecording()) request.span.setAttributes(attributes());
    },
    refused(errorType) {
      const request = openRequest();
      if (request) request.errorType ??= errorType;
    },
    async followCommand(command, send) {
      const request = openRequest();
      if (!request?.span.isRecording()) return send();
      const name = command.script ? `${command.name} ${command.script}` : command.name;
      const options = { kind: SpanKind.CLIENT, attributes: commandAttributes(command) };
      const span = tracer.startSpan(name, options, request.context);
      try {
        return await send();
      } catch (error) {
        span.setAttributes(errorTypeOf(error));
        if (!isRoutine(error)) span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    },
    current: () => openRequest()?.ids,
    sampled() {
      const request = openRequest();
      return request?.isSampled ? request.ids : undefined;
    },
    reportTo({ log, metrics }) {
      const rare = log.rarely('traces');
      const logger = rare.child({ url: config.url });
      onSpans = (result, spans, error) => {
        metrics.tracedSpans.inc({ result }, spans);
        if (result !== 'exported') logger.warn('spans of traces are lost', { result, error });
      };
      // Errors of a batch were reported above; what else goes wrong inside the packages is not.
      setGlobalErrorHandler(() => {});
      const warn = (message: string) => logger.warn('OpenTelemetry warns', { warning: message });
      const quiet = () => {};
      diag.setLogger(
        { error: warn, warn, info: quiet, debug: quiet, verbose: quiet },
        { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
      );
    },
    async shutdown(withinMs) {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, withinMs);
      // Spans that could not be sent were reported.
      await Promise.race([provider.shutdown().catch(() => {}), late.promise]);
      clearTimeout(timer);
    },
  };

  function openRequest(): TracedRequest | undefined {
    const request = serving.getStore();
    return request?.isOpen ? request : undefined;
  }
}

class TracedRequest implements RequestSpan {
  readonly span: Span;
  /** For children of the span. */
  readonly context: Context;
  readonly ids: TraceIds;
  readonly isSampled: boolean;
  errorType: ErrorType | undefined = undefined;
  isOpen = true;
  readonly #serving: AsyncLocalStorage<TracedRequest>;

  constructor(span: Span, context: Context, serving: AsyncLocalStorage<TracedRequest>) {
    this.span = span;
    this.context = context;
    this.#serving = serving;
    const { traceId, spanId, traceFlags } = span.spanContext();
    this.ids = { trace_id: traceId, span_id: spanId };
    this.isSampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
  }

  run<Result>(serve: () => Result): Result {
    return this.#serving.run(this, serve);
  }

  end({ name, attributes, isError }: TracedOutcome): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.span.updateName(name).setAttributes(attributes);
    if (isError) this.span.setStatus({ code: SpanStatusCode.ERROR });
    this.span.end();
  }
}
