{{- /*
Who reaches one listener of the gateway. Policies add up, so each listener has its own, and a Pod that any of
them selects refuses everything that none of them allows. Kubelets need no rule: traffic from a Pod's own
machine is always allowed.

Takes {root, listener, from}; `listener` is webhook, rpc or admin. An empty `from` admits everybody.
*/}}
{{- define "cognigy-session-sidecar.listenerPolicy" -}}
{{- $process := include "cognigy-session-sidecar.gateway.process" .root | fromYaml }}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "cognigy-session-sidecar.fullname" .root }}-gateway-{{ .listener }}
  labels:
    {{- include "cognigy-session-sidecar.gateway.labels" .root | nindent 4 }}
  {{- include "cognigy-session-sidecar.annotations" .root }}
spec:
  podSelector:
    matchLabels:
      {{- include "cognigy-session-sidecar.gateway.selectorLabels" .root | nindent 6 }}
  policyTypes: [Ingress]
  ingress:
    - ports:
        - port: {{ get (get $process .listener) "port" }}
          protocol: TCP
      {{- with .from }}
      from:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end }}
