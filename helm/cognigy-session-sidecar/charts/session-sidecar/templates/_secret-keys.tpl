{{- /* Whether objects of the cluster are known: a list is found there even if it is empty. Helm itself needs Secrets. */}}
{{- define "session-sidecar.canLookUp" -}}
{{- if lookup "v1" "Secret" .Release.Namespace "" }}yes{{ end }}
{{- end }}

{{- /* The values that name the Secrets of a process, by their purpose (_volumes.tpl). */}}
{{- define "session-sidecar.secretValues" -}}
store: store.existingSecret
sentinel: store.sentinel.existingSecret
store-tls: store.tls.existingSecret
legacy: store.legacy.existingSecret
encryption: store.encryption.existingSecret
webhook: webhook.existingSecret
webhook-tls: webhook.tls.existingSecret
rpc: rpc.existingSecret
rpc-tls: rpc.tls.existingSecret
{{- end }}

{{- /*
Refuses a Secret that is in the cluster without a key that values name: its Pods would wait for the key forever, and only
their events would say so. A Secret that does not exist yet may still be created, and one of the same release may get
the key with this upgrade. Renders nothing.

Takes {root, secrets: {purpose: {name, keys}}, values: {purpose: the value that names it}}.
*/}}
{{- define "session-sidecar.checkSecrets" -}}
{{- if include "session-sidecar.canLookUp" .root -}}
{{- $release := .root.Release -}}
{{- range $purpose, $secret := .secrets -}}
{{- $found := lookup "v1" "Secret" $release.Namespace $secret.name -}}
{{- $owner := dig "metadata" "annotations" "meta.helm.sh/release-name" "" $found -}}
{{- if and $found (ne $owner $release.Name) -}}
{{- $present := $found.data | default dict | keys | sortAlpha -}}
{{- range $key := $secret.keys -}}
{{- if not (has $key $present) -}}
{{- fail (printf "%s: the Secret %s has no key %s; it has %s" (get $.values $purpose) $secret.name $key (join ", " $present | default "none")) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}
