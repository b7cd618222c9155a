// Traces of requests, by OpenTelemetry. This file is only types: what implements them is loaded
// where traces are on (opentelemetry/), and nothing of it where they are off.
//
// What a trace may contain is a promise to the operator, like that of the log: sessions and users
// appear by their log id alone, and nothing of a session's content does.

import type { IncomingHttpHeaders } from 'node:http';
import type { ErrorType } from '../session/errors.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';

export type TracingConfig = {
  /** Where the collector receives traces. */
  readonly url: string;
  /** To be called at each request to the collector. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** Empty: the one of the attributes, or the default. */
  readonly serviceName: string;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly sampler: string;
  /** The share of traces that a sampler by ratio takes. */
  readonly samplerRatio: number;
};

/** A trace, and a span of it, as logs and exemplars name them. */
export type TraceIds = { readonly trace_id: string; readonly span_id: string };

export type SpanAttributes = Readonly<Record<string, string | number>>;

/** A request as a trace shows it when it ends. */
export type TracedOutcome = {
  name: string;
  attributes: SpanAttributes;
  /** Whether it failed by a fault of the service, or of what it depends on. */
  isError: boolean;
};

export type RequestSpan = {
  /** Runs what serves the request; whatever that starts knows of the request. */
  run<Result>(serve: () => Result): Result;
  /** Why it was refused; undefined if it was not. */
  readonly errorType: ErrorType | undefined;
  /** Ends the span. What is called later on behalf of the request is no part of the trace. */
  end(outcome: TracedOutcome): void;
};

/** A command that is sent to the store. */
export type TracedCommand = {
  /** As the server calls it, in capitals. */
  name: string;
  /** The script that it runs, if any. */
  script: string | undefined;
  host: string;
  port: number;
};

export type Tracing = {
  /** Starts the span of a request, as a child of the span that its headers name. */
  startRequest(name: string, headers: IncomingHttpHeaders): RequestSpan;
  /** Adds attributes to the span of the request that is being served. */
  note(attributes: () => SpanAttributes): void;
  /** Notes why the request that is being served is refused. */
  refused(errorType: ErrorType): void;
  /** Sends a command, in a span of the request that is being served. */
  followCommand<Answer>(command: TracedCommand, send: () => Promise<Answer>): Promise<Answer>;
  /** The trace of the request that is being served; undefined if none is. */
  current(): TraceIds | undefined;
  /** The same, unless the trace is not sampled: it cannot be looked up then. */
  sampled(): TraceIds | undefined;
  /** Counts what becomes of spans, and logs why they are lost. */
  reportTo(to: { log: Logger; metrics: Metrics }): void;
  /** Sends what has not been sent, for at most so long. */
  shutdown(withinMs: number): Promise<void>;
};
