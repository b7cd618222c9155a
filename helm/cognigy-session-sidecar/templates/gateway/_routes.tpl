{{- /*
What may be reached from beyond the cluster, as [{path, type}]: the webhook's routes, and the two RPCs that stand
on the webhook's listener as well, behind the same credential. Nothing else of that listener: inspecting and
erasing by path (`/api/v1/`, `/debug/`) is for those inside. Takes {rpcRoutes}.
*/}}
{{- define "cognigy-session-sidecar.gateway.routes" -}}
- path: /webhook/
  type: Prefix
{{- if .rpcRoutes }}
{{- range list "Persist" "Restore" }}
- path: /cognigy.session.v1.SessionService/{{ . }}
  type: Exact
{{- end }}
{{- end }}
{{- end }}
