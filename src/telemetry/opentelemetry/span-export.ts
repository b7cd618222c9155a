// Sends spans to the collector, in batches, apart from requests. While the collector does not
// answer, a limited number of spans waits for it; further ones are dropped and counted.

import type { Context } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type Span,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import type { SPAN_RESULTS } from '../process-metrics-table.ts';
import type { TracingConfig } from '../tracing.ts';

/** Spans that may wait for the collector, those on their way among them: a few MB. */
export const WAITING_MAX = 2048;
const BATCH_MAX = 512;
const SENT_EVERY_MS = 1000;
const EXPORT_TIMEOUT_MS = 10_000;
const SAMPLED = 1;

type SpanResult = (typeof SPAN_RESULTS)[number];

/** Is called with what became of spans; `error`: why they failed. */
export type OnSpans = (result: SpanResult, spans: number, error?: Error) => void;

/** The processor of all spans. */
export function createSpanExport(
  { url, headers }: Pick<TracingConfig, 'url' | 'headers'>,
  { userAgent, onSpans }: { userAgent: string; onSpans: OnSpans },
): SpanProcessor {
  const exporter = new OTLPTraceExporter({
    ...{ url, userAgent, timeoutMillis: EXPORT_TIMEOUT_MS },
    headers: async () => ({ ...headers() }),
  });
  return new BoundedExport(exporter, onSpans);
}

class BoundedExport implements SpanProcessor {
  readonly #batches: BatchSpanProcessor;
  readonly #onSpans: OnSpans;
  #waiting = 0;

  constructor(exporter: SpanExporter, onSpans: OnSpans) {
    this.#onSpans = onSpans;
    this.#batches = new BatchSpanProcessor({
      exporter: {
        export: (spans, done) =>
          exporter.export(spans, (result) => {
            this.#count(spans.length, result);
            done(result);
          }),
        shutdown: () => exporter.shutdown(),
      },
      maxQueueSize: WAITING_MAX,
      maxExportBatchSize: BATCH_MAX,
      scheduledDelayMillis: SENT_EVERY_MS,
    });
  }

  onStart(span: Span, context: Context): void {
    this.#batches.onStart(span, context);
  }

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & SAMPLED) === 0) return;
    if (this.#waiting >= WAITING_MAX) {
      this.#onSpans('dropped', 1);
      return;
    }
    this.#waiting += 1;
    this.#batches.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.#batches.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#batches.shutdown();
  }

  #count(spans: number, { code, error }: ExportResult): void {
    this.#waiting -= spans;
    this.#onSpans(code === ExportResultCode.SUCCESS ? 'exported' : 'failed', spans, error);
  }
}
