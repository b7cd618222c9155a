// The configuration: from the environment to one frozen Config, or to all problems at once, so that
// nobody has to start the service five times to find five mistakes. Five steps, each in its own
// file:
//
//   raw-settings   the texts: environment, otherwise default; aliases; files of secrets
//   settings       the table; each text is parsed on its own
//   relations      rules between values
//   read-tls       certificates and keys are read and checked
//   this file      the values, grouped by the parts that need them

import type { KeyRing } from './config/encryption-settings.ts';
import type { FollowedFiles } from './config/followed-files.ts';
import { isCallerList } from './config/named-callers.ts';
import { nearNameWarnings } from './config/near-names.ts';
import { otherNameWarnings } from './config/other-names.ts';
import {
  type Environment,
  type RawSettings,
  readRawSettings,
  variablesOf,
} from './config/raw-settings.ts';
import { readTls, type Tls } from './config/read-tls.ts';
import { relationProblems } from './config/relations.ts';
import { rotatingSecret } from './config/rotating-secret.ts';
import type { RotatingTls } from './config/rotating-tls.ts';
import { type AcceptedSecret, secretListFrom } from './config/secret-list.ts';
import { parseSetting, type Setting } from './config/setting.ts';
import {
  OFF,
  type ReadableValues,
  SETTING_NAMES,
  SETTINGS,
  type SettingValues,
} from './config/settings.ts';
import { type SpoolConfig, spoolConfigFrom } from './config/spool-config.ts';
import {
  legacyStoreFrom,
  type RedisConfig,
  type StoreConfig,
  storeConfigFrom,
} from './config/store-config.ts';
import { tracingConfigFrom, tracingWarnings } from './config/tracing-config.ts';
import type { ListenAddress } from './listen-address.ts';
import type { AuditLevel } from './telemetry/audit-level.ts';
import type { LogLevel } from './telemetry/log-level.ts';
import type { TracingConfig } from './telemetry/tracing.ts';

export type { RedisConfig, StoreConfig } from './config/store-config.ts';

/** The configuration of the service. Deeply frozen. */
export type Config = {
  readonly store: StoreConfig;
  /** Where services of the tutorials left their sessions, and whether these are continued;
   * undefined with the embedded store. */
  readonly legacy: { readonly isRead: boolean; readonly store: RedisConfig } | undefined;
  readonly listen: {
    /** Undefined: off. */
    readonly webhook: ListenAddress | undefined;
    readonly rpc: ListenAddress;
    readonly admin: ListenAddress;
  };
  /** Undefined where a listener does not use TLS. */
  readonly tls: {
    readonly webhook: RotatingTls | undefined;
    /** If it has a CA, every caller must present a certificate. */
    readonly rpc: RotatingTls | undefined;
  };
  /** To be called at each use: secrets in files change while the service runs. */
  readonly secrets: {
    /** At least one, unless the listener is off. */
    readonly webhook: () => readonly AcceptedSecret[];
    /** If empty, everybody who can reach the listener may call. */
    readonly rpc: () => readonly AcceptedSecret[];
  };
  /** Generated because none was set; to be shown only to the person who started the service. */
  readonly generatedWebhookSecret: string | undefined;
  /** Where a configured secret comes from: the variable, and the file that it names, if any. */
  readonly webhookSecretSource: {
    readonly variable: string;
    readonly path: string | undefined;
    /** It is a list of callers, not of secrets. */
    readonly isOfCallers: boolean;
  };
  /** The files of all secrets and certificates, to be followed while the service runs. */
  readonly followedFiles: readonly FollowedFiles[];
  readonly session: {
    readonly sessionTtlMs: number;
    readonly sessionMaxBytes: number;
    readonly historyMaxEntries: number;
    readonly restoreByUser: boolean;
    readonly lockTtlMs: number;
    readonly lockWaitMs: number;
    readonly quarantineTtlMs: number;
    readonly watchLimit: number;
    readonly writeFormat: SettingValues['WRITE_FORMAT'];
  };
  /** To be called at each use. Undefined: contents are not encrypted. */
  readonly encryptionKeys: (() => KeyRing) | undefined;
  /** Undefined: off. */
  readonly spool: SpoolConfig | undefined;
  /** Names of which a caller's certificate of the rpc listener must have one; undefined: any. */
  readonly rpcClientNames: readonly string[] | undefined;
  readonly isSessionPageServed: boolean;
  readonly auditLog: AuditLevel;
  /** Keys whose values inspections do not show. */
  readonly redactedKeys: readonly string[];
  /** Folder of the flow definitions, an absolute path; undefined if there are none. */
  readonly flowsDir: string | undefined;
  readonly bodyMaxBytes: number;
  readonly requestDeadlineMs: number;
  readonly shutdownGraceMs: number;
  readonly logLevel: LogLevel;
  /** Undefined: off. */
  readonly tracing: TracingConfig | undefined;
};

/** What a Config is created from, in addition to the environment. */
export type ConfigSources = {
  /** The text of a file; throws if it cannot be read. */
  readFile: (path: string) => string;
  /** A new secret of at least 256 random bits. */
  createSecret: () => string;
};

/** A Config, or all problems; in both cases with warnings of what only looks wrong. */
export type ConfigResult = { warnings: string[] } & (
  | { config: Config; problems?: undefined }
  | { config?: undefined; problems: string[] }
);

/** Reads the configuration. Each problem is one line that names its variable, and never shows a
 * secret. */
export function readConfig(environment: Environment, sources: ConfigSources): ConfigResult {
  const { raw, problems } = readRawSettings(environment, sources.readFile);
  const warnings = [
    ...nearNameWarnings(environment, SETTING_NAMES.flatMap(variablesOf)),
    ...otherNameWarnings(environment, (name) =>
      variablesOf(name).some((variable) => environment[variable]),
    ),
    ...tracingWarnings(environment),
  ];
  const { values, problems: parseProblems } = parseSettings(raw);
  const { tls, problems: tlsProblems } = readTls(values, sources.readFile);
  problems.push(
    ...parseProblems,
    ...relationProblems(values, (name) => isSet(raw, name)),
    ...tlsProblems,
  );
  if (problems.length > 0) return { warnings, problems };
  // Without problems, every value that has a default or was set is there.
  return { warnings, config: deepFreeze(configFrom(values as SettingValues, raw, tls, sources)) };
}

function isSet(raw: RawSettings, name: keyof RawSettings): boolean {
  return raw[name].text !== undefined || raw[name].path !== undefined;
}

function parseSettings(raw: RawSettings): { values: ReadableValues; problems: string[] } {
  const problems: string[] = [];
  const entries = SETTING_NAMES.flatMap((name) => {
    const { text, variable } = raw[name];
    if (text === undefined) return [];
    try {
      const setting: Setting<unknown> = SETTINGS[name];
      return [[name, parseSetting(variable, setting, text)]];
    } catch (error) {
      problems.push((error as Error).message);
      return [];
    }
  });
  return { values: Object.fromEntries(entries), problems };
}

function configFrom(
  values: SettingValues,
  raw: RawSettings,
  tls: Tls,
  sources: ConfigSources,
): Config {
  const password = rotatingSecret(raw.STORE_PASSWORD, SETTINGS.STORE_PASSWORD);
  const sentinelPassword = rotatingSecret(
    raw.STORE_SENTINEL_PASSWORD,
    SETTINGS.STORE_SENTINEL_PASSWORD,
  );
  const legacyUrl = rotatingSecret(raw.LEGACY_STORE_URL, SETTINGS.LEGACY_STORE_URL);
  const rpcTokens = rotatingSecret(raw.RPC_TOKEN, SETTINGS.RPC_TOKEN);
  const webhookSecrets = rotatingSecret(
    raw.COGNIGY_WEBHOOK_SECRET,
    SETTINGS.COGNIGY_WEBHOOK_SECRET,
  );
  const encryptionKeys = rotatingSecret(raw.ENCRYPTION_KEYS, SETTINGS.ENCRYPTION_KEYS);
  const tracingHeaders = rotatingSecret(
    raw.OTEL_EXPORTER_OTLP_HEADERS,
    SETTINGS.OTEL_EXPORTER_OTLP_HEADERS,
  );
  const webhookListen = values.WEBHOOK_LISTEN === OFF ? undefined : values.WEBHOOK_LISTEN;
  const isSecretMissing = webhookListen !== undefined && webhookSecrets === undefined;
  const generated = isSecretMissing ? sources.createSecret() : undefined;
  const acceptsGenerated: readonly AcceptedSecret[] =
    generated === undefined ? [] : (secretListFrom(generated) ?? []);
  const store = storeConfigFrom(values, {
    password: password?.current,
    sentinelPassword: sentinelPassword?.current,
    tls: tls.store,
  });
  return {
    store,
    legacy:
      store.kind === 'embedded'
        ? undefined
        : {
            isRead: values.LEGACY_STATE === 'read',
            store: legacyStoreFrom(values, store, { url: legacyUrl?.current, tls: tls.store }),
          },
    listen: { webhook: webhookListen, rpc: values.RPC_LISTEN, admin: values.ADMIN_LISTEN },
    tls: { webhook: tls.webhook, rpc: tls.rpc },
    secrets: {
      webhook: webhookSecrets?.current ?? (() => acceptsGenerated),
      rpc: rpcTokens?.current ?? (() => []),
    },
    generatedWebhookSecret: generated,
    webhookSecretSource: {
      variable: raw.COGNIGY_WEBHOOK_SECRET.variable,
      path: raw.COGNIGY_WEBHOOK_SECRET.path,
      isOfCallers: isCallerList(raw.COGNIGY_WEBHOOK_SECRET.text ?? ''),
    },
    followedFiles: [
      ...[password, sentinelPassword, legacyUrl, webhookSecrets, rpcTokens, tracingHeaders],
      ...[encryptionKeys, tls.store, tls.webhook, tls.rpc],
    ].flatMap((rotating) => rotating?.followed ?? []),
    session: {
      sessionTtlMs: values.SESSION_TTL,
      sessionMaxBytes: values.SESSION_MAX_BYTES,
      historyMaxEntries: values.HISTORY_MAX_ENTRIES,
      restoreByUser: values.RESTORE_BY_USER === 'on',
      lockTtlMs: values.LOCK_TTL_MS,
      lockWaitMs: values.LOCK_WAIT_MS,
      quarantineTtlMs: values.QUARANTINE_TTL,
      watchLimit: values.WATCH_LIMIT,
      writeFormat: values.WRITE_FORMAT,
    },
    encryptionKeys: encryptionKeys?.current,
    spool: spoolConfigFrom(values),
    rpcClientNames: values.RPC_TLS_CLIENT_NAMES,
    isSessionPageServed: values.SESSION_PAGE === 'on',
    auditLog: values.AUDIT_LOG,
    redactedKeys: values.REDACTED_KEYS ?? [],
    flowsDir: values.FLOWS_DIR,
    bodyMaxBytes: values.BODY_MAX_BYTES,
    requestDeadlineMs: values.REQUEST_DEADLINE_MS,
    shutdownGraceMs: values.SHUTDOWN_GRACE_MS,
    logLevel: values.LOG_LEVEL,
    tracing: tracingConfigFrom(values, tracingHeaders?.current),
  };
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
