{{- /*
The Secrets that Pods in the release's namespace mount, as {purpose: {name, keys, value}}, where `value` names it in the
values: those of the gateway, of the bundled cluster, and of sidecars that are injected in this namespace alone.
*/}}
{{- define "cognigy-session-sidecar.secrets" -}}
{{- $redis := .Values.redisCluster -}}
{{- $secrets := dict -}}
{{- if .Values.gateway.enabled -}}
{{- $secrets = include "cognigy-session-sidecar.gateway.process" . | fromYaml | include "session-sidecar.secrets" | fromYaml -}}
{{- end -}}
{{- $values := include "session-sidecar.secretValues" . | fromYaml -}}
{{- if $redis.enabled -}}
{{- $values = merge (dict "store" "redisCluster.existingSecret" "store-tls" "redisCluster.tls.existingSecret") $values -}}
{{- $store := dict "name" (include "cognigy-session-sidecar.redisCluster.secretName" .) "keys" (list $redis.existingSecretPasswordKey) -}}
{{- $_ := set $secrets "store" $store -}}
{{- with $redis.tls.existingSecret -}}
{{- $_ := set $secrets "store-tls" (dict "name" . "keys" (list "ca.crt" "tls.crt" "tls.key")) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.injection.enabled (not .Values.injection.namespaceSelector) -}}
{{- $own := .Values.injectedSidecar.store.url -}}
{{- $process := include "cognigy-session-sidecar.injection.process" . | fromYaml -}}
{{- range $purpose, $secret := include "session-sidecar.secrets" $process | fromYaml -}}
{{- if or $own (not (hasKey $secrets $purpose)) -}}
{{- $name := ternary (printf "injected-%s" $purpose) $purpose (ne $own "") -}}
{{- $_ := set $secrets $name $secret -}}
{{- $_ := set $values $name (printf "%s%s" (ternary "injectedSidecar." "" (ne $own "")) (get $values $purpose)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $purpose, $secret := $secrets }}
{{ $purpose }}:
  name: {{ $secret.name | quote }}
  keys: {{ $secret.keys | toJson }}
  value: {{ get $values $purpose }}
{{- end }}
{{- end }}
