{{- /*
The files of one process: Secrets and flow definitions, each a volume of its own under /etc/session-sidecar, and
the folders of the rpc socket and of the spool. Whole volumes, never a subPath: the kubelet only updates their files when a
Secret or ConfigMap changes. The container only sees the keys of each Secret that it uses.

Both templates take {root, process} (_environment.tpl) and return a list, or nothing.
*/}}
{{- define "session-sidecar.volumes" -}}
{{- $volumes := list -}}
{{- range $purpose, $secret := include "session-sidecar.secrets" .process | fromYaml -}}
{{- $items := list -}}
{{- range $secret.keys }}{{ $items = append $items (dict "key" . "path" .) }}{{ end -}}
{{- $source := dict "secretName" $secret.name "items" $items -}}
{{- $volumes = append $volumes (dict "name" (printf "session-sidecar-%s" $purpose) "secret" $source) -}}
{{- end -}}
{{- with .process.flows.configMap -}}
{{- $volumes = append $volumes (dict "name" "session-sidecar-flows" "configMap" (dict "name" .)) -}}
{{- end -}}
{{- if .process.rpc.socket -}}
{{- $memory := dict "medium" "Memory" "sizeLimit" "1Mi" -}}
{{- $volumes = append $volumes (dict "name" "session-sidecar-socket" "emptyDir" $memory) -}}
{{- end -}}
{{- if and (include "session-sidecar.hasSpool" .process) (not .process.spool.claimed) -}}
{{- $source := .process.spool.volume | default (dict "emptyDir" (dict "sizeLimit" (include "session-sidecar.spoolSizeLimit" .process))) -}}
{{- $volumes = append $volumes (merge (dict "name" "session-sidecar-spool") $source) -}}
{{- end -}}
{{- with $volumes }}{{ toYaml . }}{{ end -}}
{{- end }}

{{- define "session-sidecar.volumeMounts" -}}
{{- $purposes := include "session-sidecar.secrets" .process | fromYaml | keys | sortAlpha -}}
{{- if .process.flows.configMap }}{{ $purposes = append $purposes "flows" }}{{ end -}}
{{- $mounts := list -}}
{{- range $purposes -}}
{{- $folder := printf "/etc/session-sidecar/%s" . -}}
{{- $mounts = append $mounts (dict "name" (printf "session-sidecar-%s" .) "mountPath" $folder "readOnly" true) -}}
{{- end -}}
{{- if .process.rpc.socket -}}
{{- $folder := include "session-sidecar.socketFolder" . -}}
{{- $mounts = append $mounts (dict "name" "session-sidecar-socket" "mountPath" $folder) -}}
{{- end -}}
{{- if include "session-sidecar.hasSpool" .process -}}
{{- $folder := include "session-sidecar.spoolFolder" . -}}
{{- $mounts = append $mounts (dict "name" "session-sidecar-spool" "mountPath" $folder) -}}
{{- end -}}
{{- with $mounts }}{{ toYaml . }}{{ end -}}
{{- end }}

{{- /* The Secrets of a process, as {purpose: {name, keys}}. */}}
{{- define "session-sidecar.secrets" -}}
{{- $secrets := dict -}}
{{- with .store.existingSecret }}
{{- $_ := set $secrets "store" (dict "name" . "keys" (list $.store.existingSecretPasswordKey)) }}
{{- end }}
{{- with .store.sentinel.existingSecret }}
{{- $_ := set $secrets "sentinel" (dict "name" . "keys" (list $.store.sentinel.existingSecretPasswordKey)) }}
{{- end }}
{{- with .store.tls.existingSecret }}
{{- $keys := list $.store.tls.caKey $.store.tls.certKey $.store.tls.keyKey | compact | uniq }}
{{- /* A volume that names no key has all of them. */}}
{{- if not $keys }}{{ fail "store.tls.existingSecret is set, but none of its keys is named: set store.tls.caKey, or store.tls.certKey and store.tls.keyKey" }}{{ end }}
{{- $_ := set $secrets "store-tls" (dict "name" . "keys" $keys) }}
{{- end }}
{{- with .store.legacy.existingSecret }}
{{- $_ := set $secrets "legacy" (dict "name" . "keys" (list $.store.legacy.existingSecretUrlKey)) }}
{{- end }}
{{- with .store.encryption.existingSecret }}
{{- $_ := set $secrets "encryption" (dict "name" . "keys" (list $.store.encryption.existingSecretKeysKey)) }}
{{- end }}
{{- with .webhook.secretName }}
{{- $_ := set $secrets "webhook" (dict "name" . "keys" (list $.webhook.secretKey)) }}
{{- end }}
{{- with .webhook.tlsSecretName }}
{{- $_ := set $secrets "webhook-tls" (dict "name" . "keys" (list "tls.crt" "tls.key")) }}
{{- end }}
{{- with .rpc.tokenSecretName }}
{{- $_ := set $secrets "rpc" (dict "name" . "keys" (list $.rpc.tokenSecretKey)) }}
{{- end }}
{{- with .rpc.tlsSecretName }}
{{- $keys := list "tls.crt" "tls.key" $.rpc.clientCaKey | compact | uniq }}
{{- $_ := set $secrets "rpc-tls" (dict "name" . "keys" $keys) }}
{{- end }}
{{- toYaml $secrets }}
{{- end }}
