{{- /*
The warnings of NOTES.txt, as a list of sentences: what is allowed but should be a decision.
*/}}
{{- define "cognigy-session-sidecar.warnings" -}}
{{- include "cognigy-session-sidecar.warnings.store" . }}
{{- if .Values.gateway.enabled }}
{{- include "cognigy-session-sidecar.warnings.secrets" . }}
{{- include "cognigy-session-sidecar.warnings.gateway" . }}
{{- end }}
{{- end }}

{{- define "cognigy-session-sidecar.warnings.store" -}}
{{- $urls := include "cognigy-session-sidecar.storeUrls" . }}
{{- if regexMatch "(?m)redis-ha([-.:,/]|$)" $urls }}
- The redis-ha of Cognigy.AI evicts sessions when it is full (volatile-ttl) and stores nothing on disk. Use redis-persistent-ha, or a Redis of your own.
{{- end }}
{{- if regexMatch "(?m)^redis[:+]" $urls }}
- Sessions and the store's password are sent to the store in plain text (redis://, not rediss://).
{{- end }}
{{- if and .Values.redisCluster.enabled (not .Values.redisCluster.persistence.enabled) }}
- redisCluster.persistence is off: sessions are lost when all nodes of a shard have restarted.
{{- end }}
{{- end }}

{{- define "cognigy-session-sidecar.warnings.secrets" -}}
{{- $generated := list }}
{{- if not .Values.webhook.existingSecret }}
{{- $generated = append $generated "webhook.existingSecret" }}
{{- end }}
{{- if and .Values.rpc.enabled (include "cognigy-session-sidecar.rpc.secretName" .) (not .Values.rpc.existingSecret) }}
{{- $generated = append $generated "rpc.existingSecret" }}
{{- end }}
{{- if and .Values.redisCluster.enabled (not .Values.redisCluster.existingSecret) }}
{{- $generated = append $generated "redisCluster.existingSecret" }}
{{- end }}
{{- if and $generated (include "session-sidecar.canLookUp" .) }}
- Secrets were generated: outside of a trial, set {{ join " and " $generated }}. They remain when the release is uninstalled.
{{- else if $generated }}
- Secrets were not rendered, since without a cluster their present values cannot be found. Create them, and set {{ join " and " $generated }}.
{{- end }}
{{- if include "session-sidecar.canLookUp" . }}
{{- range $_, $secret := include "cognigy-session-sidecar.secrets" . | fromYaml }}
{{- if not (or (has $secret.value $generated) (lookup "v1" "Secret" $.Release.Namespace $secret.name)) }}
- {{ $secret.value }}: there is no Secret {{ $secret.name }} in {{ $.Release.Namespace }} yet. Pods wait until it has the {{ len $secret.keys | plural "key" "keys" }} {{ join ", " $secret.keys }}.
{{- end }}
{{- end }}
{{- end }}
{{- if and .Values.rpc.enabled .Values.rpc.plaintext }}
- rpc.plaintext is set: sessions and the token are sent unencrypted, unless something else encrypts them.
{{- end }}
{{- $ingress := .Values.gateway.ingress }}
{{- if and $ingress.enabled (not $ingress.tls) }}
- gateway.ingress.tls is empty: unless a proxy in front of the ingress uses TLS, the webhook's secret is sent in plain text.
{{- end }}
{{- $isConfigured := regexMatch "(?i)https|ssl|tls" (toYaml (list $ingress.annotations .Values.gateway.service.annotations)) }}
{{- if and $ingress.enabled .Values.webhook.tls.existingSecret (not $isConfigured) }}
- webhook.tls is set, and no annotation of gateway.ingress or gateway.service makes the ingress controller use TLS to the gateway: docs/kubernetes/network.md says how, under "TLS".
{{- end }}
{{- end }}

{{- define "cognigy-session-sidecar.warnings.gateway" -}}
{{- $gateway := .Values.gateway }}
{{- if and (include "session-sidecar.hasSpool" .Values) (not $gateway.spool.persistence.enabled) }}
- The spool is on an emptyDir: updates that wait in it when their Pod ends (an upgrade, a drained machine) are lost. gateway.spool.persistence keeps them.
{{- end }}
{{- $replicas := ternary $gateway.autoscaling.minReplicas $gateway.replicaCount $gateway.autoscaling.enabled }}
{{- /* null: an autoscaler of which the chart knows nothing. */}}
{{- if and (not (kindIs "invalid" $replicas)) (lt (int $replicas) 2) }}
- There {{ ternary "is one replica" "are no replicas" (eq (int $replicas) 1) }} of the gateway: while a machine is drained, updates are refused.
{{- end }}
{{- if not (or $gateway.ingress.enabled $gateway.httpRoute.enabled (ne $gateway.service.type "ClusterIP")) }}
- The webhook can only be reached within the cluster. If flows run elsewhere, set gateway.ingress or gateway.httpRoute.
{{- end }}
{{- end }}
