{{- /*
A Secret with one random value, generated once: an upgrade finds it in the cluster and keeps its value.

`keep` leaves it in place when the release is uninstalled: flows, clients and other namespaces have copies of the value, and
a later release of the same name reuses the Secret. Where nothing can be looked up (Argo CD, `helm template`), each
rendering would replace the value: there the Secret is left out, and must be created once.

Takes {root, name, key, labels}.
*/}}
{{- define "cognigy-session-sidecar.generatedSecret" -}}
{{- if include "session-sidecar.canLookUp" .root }}
{{- $found := lookup "v1" "Secret" .root.Release.Namespace .name | default dict }}
apiVersion: v1
kind: Secret
metadata:
  name: {{ .name }}
  labels:
    {{- .labels | nindent 4 }}
  annotations:
    helm.sh/resource-policy: keep
    {{- with .root.Values.commonAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
type: Opaque
data:
  {{ .key | quote }}: {{ get ($found.data | default dict) .key | default (randAlphaNum 40 | b64enc) | quote }}
{{- else }}
# Not rendered, since rendering without a cluster cannot find its present value: create it once, by
#   kubectl --namespace {{ .root.Release.Namespace }} create secret generic {{ .name }} --from-literal={{ .key }}="$(openssl rand -hex 32)"
{{- end }}
{{- end }}
