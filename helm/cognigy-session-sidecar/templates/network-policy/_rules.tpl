{{- /* Rules and ports that more than one policy needs. */}}

{{- /*
Names are resolved by the cluster's DNS. Policies see the port of the Pod that answers, which is not always 53:
5353 and 8053 are those of common distributions. No peer is named, since DNS may run on the machine itself.
*/}}
{{- define "cognigy-session-sidecar.dnsEgress" -}}
- ports:
    {{- range $port := list 53 5353 8053 }}
    {{- range list "UDP" "TCP" }}
    - port: {{ $port }}
      protocol: {{ . }}
    {{- end }}
    {{- end }}
{{- end }}

{{- /*
The ports of the store as [port, …]: those in its URL; under Sentinel also 6379, the default port of the
master; and the announced ports of the values. Of the bundled cluster, 6379.
*/}}
{{- define "cognigy-session-sidecar.storePorts" -}}
{{- if .Values.redisCluster.enabled -}}
[6379]
{{- else }}
{{- $url := .Values.store.url }}
{{- $isSentinel := contains "+sentinel://" $url }}
{{- $ports := ternary (list 6379) list $isSentinel }}
{{- $hosts := regexReplaceAll "^[a-z+]+://([^/]*).*$" $url "${1}" }}
{{- range splitList "," $hosts }}
{{- $named := regexFind ":[0-9]+$" . | trimPrefix ":" }}
{{- $ports = append $ports (default (ternary 26379 6379 $isSentinel) $named | int) }}
{{- end }}
{{- range .Values.networkPolicy.store.announcedPorts }}
{{- $ports = append $ports (int .) }}
{{- end }}
{{- $ports | uniq | toYaml }}
{{- end }}
{{- end }}
