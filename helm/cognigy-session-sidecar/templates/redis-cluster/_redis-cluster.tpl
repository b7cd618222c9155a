{{- /*
Names and labels of the bundled cluster. All of them take the root context.

A node is known by its Pod's hostname, which stays when its address changes. Hostnames end at `.svc`: the resolver
of a Pod completes them, whatever the domain of the Kubernetes cluster is.
*/}}

{{- define "cognigy-session-sidecar.redisCluster.fullname" -}}
{{ include "cognigy-session-sidecar.fullname" . }}-redis
{{- end }}

{{- /* Selector of the nodes' Pods. */}}
{{- define "cognigy-session-sidecar.redisCluster.podLabels" -}}
{{ include "cognigy-session-sidecar.selectorLabels" . }}
app.kubernetes.io/component: redis-cluster
{{- end }}

{{- define "cognigy-session-sidecar.redisCluster.labels" -}}
{{ include "cognigy-session-sidecar.labels" . }}
app.kubernetes.io/component: redis-cluster
{{- end }}

{{- /* The Job's Pods are not nodes: neither the headless Service nor the disruption budget may select them. */}}
{{- define "cognigy-session-sidecar.redisCluster.jobLabels" -}}
{{ include "cognigy-session-sidecar.selectorLabels" . }}
app.kubernetes.io/component: redis-cluster-create
{{- end }}

{{- define "cognigy-session-sidecar.redisCluster.nodeCount" -}}
{{ mul .Values.redisCluster.shards (add 1 .Values.redisCluster.replicasPerShard) }}
{{- end }}

{{- /* One hostname per line. */}}
{{- define "cognigy-session-sidecar.redisCluster.hosts" -}}
{{- $fullname := include "cognigy-session-sidecar.redisCluster.fullname" . }}
{{- range $ordinal := until (include "cognigy-session-sidecar.redisCluster.nodeCount" . | int) }}
{{- printf "%s-%d.%s.%s.svc\n" $fullname $ordinal $fullname $.Release.Namespace }}
{{- end }}
{{- end }}

{{- /* What clients connect to. Any node knows all the others, so a few of them are enough. */}}
{{- define "cognigy-session-sidecar.redisCluster.url" -}}
{{- $hosts := include "cognigy-session-sidecar.redisCluster.hosts" . | trim | splitList "\n" }}
{{- $starts := list }}
{{- range slice $hosts 0 (min 6 (len $hosts)) }}
{{- $starts = append $starts (printf "%s:6379" .) }}
{{- end }}
{{- ternary "rediss" "redis" (ne .Values.redisCluster.tls.existingSecret "") }}+cluster://{{ join "," $starts }}
{{- end }}

{{- define "cognigy-session-sidecar.redisCluster.secretName" -}}
{{ .Values.redisCluster.existingSecret | default (include "cognigy-session-sidecar.redisCluster.fullname" .) }}
{{- end }}
