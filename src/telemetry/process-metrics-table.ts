// The metrics of the process itself: its files, its listeners, its store, its memory. What it did
// for sessions is in metrics-table.ts, which includes these.

import { STORE_WARNING_KINDS } from '../store/store-setup.ts';
import { counter, gauge } from './metric-definition.ts';

const CERTIFICATE_USES = ['webhook', 'rpc', 'store'] as const;
const TLS_LISTENERS = ['webhook', 'rpc'] as const;
/** The limits at which a client is disconnected. */
const CUT_CAUSES = ['unread_answer', 'connections', 'http2_frames'] as const;
export const SPAN_RESULTS = ['exported', 'failed', 'dropped'] as const;
const LISTENERS = ['webhook', 'rpc', 'admin'] as const;

export type CertificateUse = (typeof CERTIFICATE_USES)[number];
export type TlsListener = (typeof TLS_LISTENERS)[number];
export type CutCause = (typeof CUT_CAUSES)[number];
export type Listener = (typeof LISTENERS)[number];

export const PROCESS_METRICS = {
  flowDefinitions: gauge(
    'cognigy_session_flow_definitions',
    'Files of flow definitions that are loaded or failed; an unreadable folder is one.',
    { state: ['loaded', 'failed'] },
  ),
  followedFiles: gauge(
    'cognigy_session_followed_files',
    'Files of secrets and certificates: loaded, or failed, which keep their old content.',
    { state: ['loaded', 'failed'] },
  ),
  certificateExpiry: gauge(
    'cognigy_session_certificate_expiry_timestamp_seconds',
    'When the certificate of a listener, or for the store, expires, in Unix seconds.',
    { use: CERTIFICATE_USES },
  ),
  certificateNotBefore: gauge(
    'cognigy_session_certificate_not_before_timestamp_seconds',
    'When that certificate became valid, in Unix seconds.',
    { use: CERTIFICATE_USES },
  ),
  tlsHandshakeFailures: counter(
    'cognigy_session_tls_handshake_failures_total',
    'Failed TLS handshakes: plain text, or a certificate that is missing or refused.',
    { listener: TLS_LISTENERS },
  ),
  httpRequests: counter('cognigy_session_http_requests_total', 'Answered HTTP requests.', {
    listener: LISTENERS,
    route: 'the pattern of the route, never the path',
    status: 'the HTTP status',
  }),
  inFlight: gauge(
    'cognigy_session_in_flight',
    'Requests that are being served.',
    { listener: LISTENERS },
    { startsAtZero: true },
  ),
  buffered: gauge(
    'cognigy_session_buffered_bytes',
    'Estimate of the memory that requests and answers in flight take, in bytes.',
  ),
  bufferedLimit: gauge(
    'cognigy_session_buffered_limit_bytes',
    'Limit of that estimate, in bytes; requests above it are refused as overloaded.',
  ),
  clientsCut: counter(
    'cognigy_session_clients_cut_total',
    'Clients that were disconnected because they met a limit, by limit.',
    { listener: LISTENERS, cause: CUT_CAUSES },
  ),
  storeUp: gauge(
    'cognigy_session_store_up',
    '1 if the store answered the latest call, 0 if it did not, or has not been called yet.',
  ),
  storeWarnings: gauge(
    'cognigy_session_store_warnings',
    'Masters of the store with a setting, a state or a clock that endangers sessions.',
    { kind: STORE_WARNING_KINDS },
    { startsAtZero: true },
  ),
  storeCircuitsOpen: gauge(
    'cognigy_session_store_circuits_open',
    'Masters that do not answer; calls for them fail at once.',
  ),
  storeMemoryRatio: gauge(
    'cognigy_session_store_memory_ratio',
    'Share of maxmemory that is used at the fullest master of the store; 0 without a limit.',
  ),
  storeClockSkewSeconds: gauge(
    'cognigy_session_store_clock_skew_seconds',
    'Least difference of the clocks of two masters, former ones included, in seconds.',
  ),
  storeClockWidthSeconds: gauge(
    'cognigy_session_store_clock_width_seconds',
    'Uncertainty of the least known clock of a master, in seconds: about one round trip.',
  ),
  memoryLimitBytes: gauge(
    'cognigy_session_memory_limit_bytes',
    'Bytes of memory that the process may use: of its container, or of the machine.',
  ),
  tracedSpans: counter(
    'cognigy_session_traced_spans_total',
    'Spans of traces, by what became of them; dropped: too many waited for the collector.',
    { result: SPAN_RESULTS },
  ),
  buildInfo: gauge('cognigy_session_build_info', 'Always 1; the labels say what runs.', {
    version: 'one per process',
    node: 'one per process',
  }),
};
