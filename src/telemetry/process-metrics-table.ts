// The metrics that say how the process itself stands: its files, its listeners, its store, its
// memory. What it did for sessions is in metrics-table.ts, which holds these as well.

import { STORE_WARNING_KINDS } from '../store/store-setup.ts';
import type { MetricDefinition } from './metric-definition.ts';

export const FLOW_STATES = ['loaded', 'failed'] as const;
export const FOLLOWED_FILE_STATES = ['loaded', 'failed'] as const;
export const CERTIFICATE_USES = ['webhook', 'rpc', 'store'] as const;
export const TLS_LISTENERS = ['webhook', 'rpc'] as const;
/** The limits at which a client is cut. */
export const CUT_CAUSES = ['unread_answer', 'connections', 'http2_frames'] as const;
export const LISTENERS = ['webhook', 'rpc', 'admin'] as const;

export const PROCESS_METRICS = {
  flowDefinitions: {
    name: 'cognigy_session_flow_definitions',
    type: 'gauge',
    help: 'Files of flow definitions: in force as they stand, or failed; a folder that cannot be read is one.',
    labels: { state: FLOW_STATES },
  },
  followedFiles: {
    name: 'cognigy_session_followed_files',
    type: 'gauge',
    help: 'Files of secrets and certificates: in force as they stand, or failed, so that what stood before still holds.',
    labels: { state: FOLLOWED_FILE_STATES },
  },
  certificateExpiry: {
    name: 'cognigy_session_certificate_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'When the certificate ends that is in force at a listener, or that the store is shown, in Unix seconds.',
    labels: { use: CERTIFICATE_USES },
  },
  certificateNotBefore: {
    name: 'cognigy_session_certificate_not_before_timestamp_seconds',
    type: 'gauge',
    help: 'When the time of that certificate began, in Unix seconds.',
    labels: { use: CERTIFICATE_USES },
  },
  tlsHandshakeFailures: {
    name: 'cognigy_session_tls_handshake_failures_total',
    type: 'counter',
    help: 'Connections that ended before TLS stood: plain text, a certificate that one side refused, or none.',
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
    help: 'How much that may be; requests above it are refused as overloaded.',
    labels: {},
  },
  clientsCut: {
    name: 'cognigy_session_clients_cut_total',
    type: 'counter',
    help: 'Clients that were cut: answers not read, too many connections of one address, bad or too many HTTP/2 frames.',
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
    help: 'Masters of the store that endanger sessions: they evict them, keep no append-only file, refuse writes, or have another clock.',
    labels: { kind: STORE_WARNING_KINDS },
  },
  storeMemoryRatio: {
    name: 'cognigy_session_store_memory_ratio',
    type: 'gauge',
    help: 'Memory in use at the fullest master of the store, as a share of its maxmemory; 0 without one.',
    labels: {},
  },
  storeClockSkewSeconds: {
    name: 'cognigy_session_store_clock_skew_seconds',
    type: 'gauge',
    help: 'Seconds that the clocks of two masters of the store are apart at least, former masters among them; 0 if they may agree.',
    labels: {},
  },
  storeClockWidthSeconds: {
    name: 'cognigy_session_store_clock_width_seconds',
    type: 'gauge',
    help: 'Seconds within which the least known clock of a master is known; about its quickest round trip.',
    labels: {},
  },
  memoryLimitBytes: {
    name: 'cognigy_session_memory_limit_bytes',
    type: 'gauge',
    help: 'Bytes of memory that the process may take: the limit of its container, or what the machine has.',
    labels: {},
  },
  buildInfo: {
    name: 'cognigy_session_build_info',
    type: 'gauge',
    help: 'Always 1; the labels say what runs.',
    labels: { version: 'one per process', node: 'one per process' },
  },
} as const satisfies Record<string, MetricDefinition>;
