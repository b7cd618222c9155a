{{- /*
What NOTES.txt warns of, as a list of sentences: all that is allowed, and that somebody should have decided.
*/}}
{{- define "cognigy-session-sidecar.warnings" -}}
{{- include "cognigy-session-sidecar.warnings.store" . }}
{{- include "cognigy-session-sidecar.warnings.injection" . }}
{{- if .Values.gateway.enabled }}
{{- include "cognigy-session-sidecar.warnings.secrets" . }}
{{- include "cognigy-session-sidecar.warnings.gateway" . }}
{{- end }}
{{- end }}

{{- define "cognigy-session-sidecar.warnings.store" -}}
{{- $urls := include "cognigy-session-sidecar.storeUrls" . }}
{{- if regexMatch "(?m)redis-ha([-.:,/]|$)" $urls }}
- The redis-ha of Cognigy.AI evicts sessions when it is full (volatile-ttl) and keeps nothing on disk. Use redis-persistent-ha, or a Redis of your own.
{{- end }}
{{- if regexMatch "(?m)^redis[:+]" $urls }}
- Sessions and the store's password travel to the store in plain text (redis://, not rediss://).
{{- end }}
{{- if and .Values.redisCluster.enabled (not .Values.redisCluster.persistence.enabled) }}
- redisCluster.persistence is off: sessions are gone when all nodes of a shard have restarted.
{{- end }}
{{- end }}

{{- define "cognigy-session-sidecar.warnings.injection" -}}
{{- if and .Values.injection.enabled (not (include "cognigy-session-sidecar.injection.apiVersion" .)) }}
- injection is enabled, and this API server has no MutatingAdmissionPolicy of v1 or v1beta1: nothing was made, and no Pod gets a sidecar. It needs Kubernetes 1.36, or 1.34 with the feature gate and the API v1beta1 turned on.
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
{{- if $generated }}
- Secrets were generated. Whatever renders without a cluster (Argo CD, `helm template`) makes others each time: there set {{ join " and " $generated }}. They stay when the release is uninstalled.
{{- end }}
{{- if and .Values.rpc.enabled .Values.rpc.plaintext }}
- rpc.plaintext is set: sessions and the token cross the network unencrypted, unless something else encrypts them.
{{- end }}
{{- $ingress := .Values.gateway.ingress }}
{{- if and $ingress.enabled (not $ingress.tls) }}
- gateway.ingress.tls is empty: unless what stands in front speaks TLS, the webhook's secret is sent in plain text.
{{- end }}
{{- $told := regexMatch "(?i)https|ssl|tls" (toYaml (list $ingress.annotations .Values.gateway.service.annotations)) }}
{{- if and $ingress.enabled .Values.webhook.tls.existingSecret (not $told) }}
- webhook.tls is set, and no annotation of gateway.ingress or gateway.service tells the ingress controller to speak TLS to the gateway: the README of the chart says how, under "TLS".
{{- end }}
{{- end }}

{{- define "cognigy-session-sidecar.warnings.gateway" -}}
{{- $gateway := .Values.gateway }}
{{- $replicas := int (ternary $gateway.autoscaling.minReplicas $gateway.replicaCount $gateway.autoscaling.enabled) }}
{{- if lt $replicas 2 }}
- There {{ ternary "is one replica" "are no replicas" (eq $replicas 1) }} of the gateway: while a machine is drained, updates are refused.
{{- end }}
{{- if not (or $gateway.ingress.enabled $gateway.httpRoute.enabled (ne $gateway.service.type "ClusterIP")) }}
- The webhook is reached within the cluster only. Where flows run elsewhere, set gateway.ingress or gateway.httpRoute.
{{- end }}
{{- end }}
