{{- /*
The environment of one process of the service, gateway or sidecar, as a list for `env`.

Takes {root, process}. `process` describes the process:

  settings, store          as in values.yaml
  flows                    {configMap: name, or empty}
  webhook                  {} if it is off, else {host, port, secretName, secretKey, tlsSecretName}
  rpc                      {host, port, tokenSecretName, tokenSecretKey, tlsSecretName, clientCaKey, plaintext},
                           or {socket: true}
  admin                    {host, port}
  spool                    {volume: a volume source, or {} for an emptyDir}, or {claimed: true} if the Pod gets
                           the volume from elsewhere; used if settings.SPOOL is on
  shutdownGraceMs, extraEnvVars

Secrets are never values here, but paths of files (_volumes.tpl), which the service watches: a
rotated Secret needs no restart. Everything else is in the environment, and changes the Pod's
template when it changes; so no checksum annotation is needed.

The API server refuses duplicate names: a variable of `extraEnvVars` replaces one that is set here.
*/}}
{{- define "session-sidecar.env" -}}
{{- $extra := .process.extraEnvVars | default list -}}
{{- $taken := dict -}}
{{- range $extra }}{{ $_ := set $taken .name true }}{{ end -}}
{{- if hasKey $taken "SHUTDOWN_GRACE_MS" }}
{{- fail "extraEnvVars sets SHUTDOWN_GRACE_MS, which would not change the Pod's grace period: use the chart's own value (gateway: settings.SHUTDOWN_GRACE_MS, sidecar: shutdownGraceMs)" }}
{{- end -}}
{{- $env := list -}}
{{- range $name, $value := include "session-sidecar.env.variables" .process | fromYaml -}}
{{- if not (hasKey $taken $name) }}{{ $env = append $env (dict "name" $name "value" $value) }}{{ end -}}
{{- end -}}
{{- concat $env $extra | toYaml }}
{{- end }}

{{- /* The variables by name, each a string. Takes a process. */}}
{{- define "session-sidecar.env.variables" -}}
{{- range $name, $value := .settings }}
{{- $text := include "session-sidecar.env.text" $value }}
{{- if hasSuffix "_TTL" $name }}{{ include "session-sidecar.duration.check" (dict "name" $name "text" $text) }}{{ end }}
{{ $name }}: {{ $text | quote }}
{{- end }}
{{- include "session-sidecar.env.legacy" . }}
{{- include "session-sidecar.env.store" .store }}
{{- include "session-sidecar.env.webhook" .webhook }}
{{- include "session-sidecar.env.rpc" .rpc }}
ADMIN_LISTEN: "{{ .admin.host }}:{{ .admin.port }}"
SHUTDOWN_GRACE_MS: {{ include "session-sidecar.env.text" .shutdownGraceMs | quote }}
{{- if .flows.configMap }}
FLOWS_DIR: /etc/session-sidecar/flows
{{- end }}
{{- if include "session-sidecar.hasSpool" . }}
SPOOL_DIR: {{ include "session-sidecar.spoolFolder" . }}
{{- end }}
{{- end }}

{{- define "session-sidecar.env.store" -}}
{{- $folder := "/etc/session-sidecar" }}
{{- if contains "@" (toString .url) }}
{{- /* Not by the schema, whose message would repeat them. */}}
{{- fail "store.url must not contain a user or a password: put them into store.username and store.existingSecret" }}
{{- end }}
STORE_URL: {{ required "store.url is needed: where are the sessions kept?" .url | quote }}
{{- with .username }}
STORE_USERNAME: {{ . | quote }}
{{- end }}
{{- if .existingSecret }}
STORE_PASSWORD_FILE: "{{ $folder }}/store/{{ .existingSecretPasswordKey }}"
{{- end }}
{{- with .sentinel.username }}
STORE_SENTINEL_USERNAME: {{ . | quote }}
{{- end }}
{{- if .sentinel.existingSecret }}
STORE_SENTINEL_PASSWORD_FILE: "{{ $folder }}/sentinel/{{ .sentinel.existingSecretPasswordKey }}"
{{- end }}
{{- if .tls.existingSecret }}
{{- range $variable, $key := dict "STORE_TLS_CA" .tls.caKey "STORE_TLS_CERT" .tls.certKey "STORE_TLS_KEY" .tls.keyKey }}
{{- if $key }}
{{ $variable }}: "{{ $folder }}/store-tls/{{ $key }}"
{{- end }}
{{- end }}
{{- end }}
{{- with .tls.serverName }}
STORE_TLS_SERVER_NAME: {{ . | quote }}
{{- end }}
{{- if .legacy.existingSecret }}
LEGACY_STORE_URL_FILE: "{{ $folder }}/legacy/{{ .legacy.existingSecretUrlKey }}"
{{- end }}
{{- if .encryption.existingSecret }}
ENCRYPTION_KEYS_FILE: "{{ $folder }}/encryption/{{ .encryption.existingSecretKeysKey }}"
{{- end }}
{{- end }}

{{- /* Refuses a former store that would not be read, or has two addresses. Renders nothing. */}}
{{- define "session-sidecar.env.legacy" -}}
{{- if .store.legacy.existingSecret }}
{{- if hasKey (.settings | default dict) "LEGACY_STORE_URL" }}
{{- fail "store.legacy.existingSecret and settings.LEGACY_STORE_URL are both set: keep one of them" }}
{{- end }}
{{- if ne (dig "LEGACY_STATE" "off" (.settings | default dict) | toString) "read" }}
{{- fail "store.legacy.existingSecret is not used without settings.LEGACY_STATE: read" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "session-sidecar.env.webhook" }}
{{- if . }}
WEBHOOK_LISTEN: "{{ .host }}:{{ .port }}"
COGNIGY_WEBHOOK_SECRET_FILE: "/etc/session-sidecar/webhook/{{ .secretKey }}"
{{- if .tlsSecretName }}
WEBHOOK_TLS_CERT: /etc/session-sidecar/webhook-tls/tls.crt
WEBHOOK_TLS_KEY: /etc/session-sidecar/webhook-tls/tls.key
{{- end }}
{{- else }}
WEBHOOK_LISTEN: "off"
{{- end }}
{{- end }}

{{- define "session-sidecar.env.rpc" }}
{{- if .socket }}
RPC_LISTEN: {{ include "session-sidecar.address" . }}
{{- else }}
RPC_LISTEN: "{{ .host }}:{{ .port }}"
{{- if .tokenSecretName }}
RPC_TOKEN_FILE: "/etc/session-sidecar/rpc/{{ .tokenSecretKey }}"
{{- end }}
{{- if .tlsSecretName }}
RPC_TLS_CERT: /etc/session-sidecar/rpc-tls/tls.crt
RPC_TLS_KEY: /etc/session-sidecar/rpc-tls/tls.key
{{- with .clientCaKey }}
RPC_TLS_CLIENT_CA: "/etc/session-sidecar/rpc-tls/{{ . }}"
{{- end }}
{{- else if .plaintext }}
RPC_PLAINTEXT: anywhere
{{- end }}
{{- end }}
{{- end }}

{{- /*
A value of values.yaml as the text of a variable. Helm reads numbers as floating point, and would write a large
one with an exponent; YAML reads a bare `on` as true.
*/}}
{{- define "session-sidecar.env.text" -}}
{{- if kindIs "bool" . }}{{ ternary "on" "off" . }}
{{- else if kindIs "float64" . }}{{ printf "%.0f" . }}
{{- else }}{{ . }}
{{- end }}
{{- end }}
