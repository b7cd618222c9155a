// The metrics of the process itself: its files, its listeners, its store, its memory. What it did
// for sessions is in metrics-table.ts, which includes these.

import { STORE_WARNING_KINDS } from '../store/store-setup.ts';
import type { MetricDefinition } from './metric-definition.ts';

export const FLOW_STATES = ['loaded', 'failed'] as const;
export const FOLLOWED_FILE_STATES = ['loaded', 'failed'] as const;
export const CERTIFICATE_USES = ['webhook', 'rpc', 'store'] as const;
export const TLS_LISTENERS = ['webhook', 'rpc'] as const;
/** The limits at which a client is disconnected. */
export const CUT_CAUSES = ['unread_answer', 'connections', 'http2_frames'] as const;
export const SPAN_RESULTS = ['exported', 'failed', 'dropped'] as const;
export const LISTENERS = ['webhook', 'rpc', 'admin'] as const;

export type CertificateUse = (typeof CERTIFICATE_USES)[number];
export type TlsListener = (typeof TLS_LISTENERS)[number];
export type CutCause = (typeof CUT_CAUSES)[number];
export type Listener = (typeof LISTENERS)[number];

export const PROCESS_METRICS = {
  flowDefinitions: {
    name: 'cognigy_session_flow_definitions',
    type: 'gauge',
    help: 'Files of flow definitions that are loaded or failed; an unreadable folder is one.',
    labels: { state: FLOW_STATES },
  },
  followedFiles: {
    name: 'cognigy_session_followed_files',
    type: 'gauge',
    help: 'Files of secrets and certificates: loaded, or failed, which keep their old content.',
    labels: { state: FOLLOWED_FILE_STATES },
  },
  certificateExpiry: {
    name: 'cognigy_session_certificate_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'When the certificate of a listener, or for the store, expires, in Unix seconds.',
    labels: { use: CERTIFICATE_USES },
  },
  certificateNotBefore: {
    name: 'cognigy_session_certificate_not_before_timestamp_seconds',
    type: 'gauge',
    help: 'When that certificate became valid, in Unix seconds.',
    labels: { use: CERTIFICATE_USES },
  },
  tlsHandshakeFailures: {
    name: 'cognigy_session_tls_handshake_failures_total',
    type: 'counter',
    help: 'Failed TLS handshakes: plain text, or a certificate that is missing or refused.',
    labels: { listener: TLS_LISTENERS },
  },
  httpRequests: {
    name: 'cognigy_session_http_requests_total',
    type: 'counter',
    help: 'Answered HTTP requests.',
    labels: {
      listener: LISTENERS,
      route: 'the pattern of the route, never the path',
      status: 'the HTTP status',
    },
  },
  inFlight: {
    name: 'cognigy_session_in_flight',
    type: 'gauge',
    help: 'Requests that are being served.',
    labels: { listener: LISTENERS },
    startsAtZero: true,
  },
  buffered: {
    name: 'cognigy_session_buffered_bytes',
    type: 'gauge',
    help: 'Estimate of the memory that requests and answers in flight take, in bytes.',
    labels: {},
  },
  bufferedLimit: {
    name: 'cognigy_session_buffered_limit_bytes',
    type: 'gauge',
    help: 'Limit of that estimate, in bytes; requests above it are refused as overloaded.',
    labels: {},
  },
  clientsCut: {
    name: 'cognigy_session_clients_cut_total',
    type: 'counter',
    help: 'Clients that were disconnected because they met a limit, by limit.',
    labels: { listener: LISTENERS, cause: CUT_CAUSES },
  },
  storeUp: {
    name: 'cognigy_session_store_up',
    type: 'gauge',
    help: '1 if the store answered the latest call, 0 if it did not, or has not been called yet.',
    labels: {},
  },
  storeWarnings: {
    name: 'cognigy_session_store_warnings',
    type: 'gauge',
    help: 'Masters of the store with a setting, a state or a clock that endangers sessions.',
    labels: { kind: STORE_WARNING_KINDS },
    startsAtZero: true,
  },
  storeCircuitsOpen: {
    name: 'cognigy_session_store_circuits_open',
    type: 'gauge',
    help: 'Masters that do not answer; calls for them fail at once.',
    labels: {},
  },
  storeMemoryRatio: {
    name: 'cognigy_session_store_memory_ratio',
    type: 'gauge',
    help: 'Share of maxmemory that is used at the fullest master of the store; 0 without a limit.',
    labels: {},
  },
  storeClockSkewSeconds: {
    name: 'cognigy_session_store_clock_skew_seconds',
    type: 'gauge',
    help: 'Least difference of the clocks of two masters, former ones included, in seconds.',
    labels: {},
  },
  storeClockWidthSeconds: {
    name: 'cognigy_session_store_clock_width_seconds',
    type: 'gauge',
    help: 'Uncertainty of the least known clock of a master, in seconds: about one round trip.',
    labels: {},
  },
  memoryLimitBytes: {
    name: 'cognigy_session_memory_limit_bytes',
    type: 'gauge',
    help: 'Bytes of memory that the process may use: of its container, or of the machine.',
    labels: {},
  },
  tracedSpans: {
    name: 'cognigy_session_traced_spans_total',
    type: 'counter',
    help: 'Spans of traces, by what became of them; dropped: too many waited for the collector.',
    labels: { result: SPAN_RESULTS },
  },
  buildInfo: {
    name: 'cognigy_session_build_info',
    type: 'gauge',
    help: 'Always 1; the labels say what runs.',
    labels: { version: 'one per process', node: 'one per process' },
  },
} as const satisfies Record<string, MetricDefinition>;
