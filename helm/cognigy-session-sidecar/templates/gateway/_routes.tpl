{{- /*
The routes exposed outside the cluster, as [{path, type}]: those of the webhook, and the two RPCs on the webhook's
listener, with the same credential. Nothing else of that listener: inspecting and
erasing by path (`/api/v1/`, `/debug/`) is only available inside. Takes {rpcRoutes}.
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
