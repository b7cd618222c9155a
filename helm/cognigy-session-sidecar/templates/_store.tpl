{{- /*
`store` of the values as YAML, or that of the bundled cluster, if it is enabled. Gateway and sidecars use this template, so
neither needs to know the difference.
*/}}
{{- define "cognigy-session-sidecar.store" -}}
{{- if .Values.redisCluster.enabled }}
{{- $tls := .Values.redisCluster.tls.existingSecret }}
url: {{ include "cognigy-session-sidecar.redisCluster.url" . | quote }}
username: ""
existingSecret: {{ include "cognigy-session-sidecar.redisCluster.secretName" . | quote }}
existingSecretPasswordKey: {{ .Values.redisCluster.existingSecretPasswordKey | quote }}
sentinel:
  {{- toYaml .Values.store.sentinel | nindent 2 }}
legacy:
  {{- toYaml .Values.store.legacy | nindent 2 }}
encryption:
  {{- toYaml .Values.store.encryption | nindent 2 }}
tls:
  existingSecret: {{ $tls | quote }}
  caKey: {{ ternary "ca.crt" "" (ne $tls "") | quote }}
  certKey: ""
  keyKey: ""
  serverName: ""
{{- else }}
{{- if not .Values.store.url }}
{{- fail "no store is configured: set store.url or redisCluster.enabled (or, for injected sidecars alone, injectedSidecar.store.url)" }}
{{- end }}
{{- /* `helm lint` continues after a failure. */}}
{{- toYaml .Values.store }}
{{- end }}
{{- end }}

{{- /* The URLs that gateway and injected sidecars connect to, without the bundled cluster's: one per line. */}}
{{- define "cognigy-session-sidecar.storeUrls" -}}
{{- $ofSidecars := ternary .Values.injectedSidecar.store.url "" .Values.injection.enabled }}
{{- $isShared := or .Values.gateway.enabled (and .Values.injection.enabled (not $ofSidecars)) }}
{{- list (ternary .Values.store.url "" $isShared) $ofSidecars | compact | uniq | join "\n" }}
{{- end }}
