{{- define "cognigy-session-sidecar.redisCluster.createJobSpec" -}}
{{- $redis := .Values.redisCluster }}
{{- $files := list }}
{{- range list "client.sh" "create.sh" "heal.awk" "placement.awk" "plan.awk" "table.awk" }}
{{- $files = append $files (include "cognigy-session-sidecar.redisCluster.file" (dict "root" $ "name" .)) }}
{{- end -}}
# The script waits ten minutes for Pods and volumes each time.
backoffLimit: 6
podFailurePolicy:
  rules:
    - action: FailJob
      # A human has to decide: the Job's log says what.
      onExitCodes:
        containerName: create
        operator: In
        values: [3]
    - action: Ignore
      onPodConditions:
        - type: DisruptionTarget
          status: "True"
template:
  metadata:
    labels:
      {{- include "cognigy-session-sidecar.redisCluster.jobLabels" . | nindent 6 }}
      {{- include "cognigy-session-sidecar.noMeshLabels" . | nindent 6 }}
      {{- with .Values.commonLabels }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    annotations:
      {{- include "cognigy-session-sidecar.noMeshAnnotations" . | nindent 6 }}
      # The desired state, so that another one creates another Job.
      session-sidecar.cognigy/shards: {{ $redis.shards | quote }}
      session-sidecar.cognigy/replicas-per-shard: {{ $redis.replicasPerShard | quote }}
      checksum/files: {{ join "\n" $files | sha256sum }}
  spec:
    serviceAccountName: {{ include "cognigy-session-sidecar.serviceAccountName" . }}
    automountServiceAccountToken: false
    enableServiceLinks: false
    {{- with include "session-sidecar.imagePullSecrets" . }}
    imagePullSecrets:
      {{- . | nindent 6 }}
    {{- end }}
    # Pods that failed stay for their logs.
    restartPolicy: Never
    securityContext:
      {{- include "cognigy-session-sidecar.redisCluster.podSecurityContext" . | nindent 6 }}
    containers:
      - name: create
        image: {{ include "session-sidecar.image" (dict "root" $ "image" $redis.image) | quote }}
        imagePullPolicy: {{ $redis.image.pullPolicy }}
        command: [sh, /etc/valkey/create.sh]
        # The last lines of a refusal appear in the Pod's status.
        terminationMessagePolicy: FallbackToLogsOnError
        securityContext:
          {{- include "cognigy-session-sidecar.redisCluster.containerSecurityContext" . | nindent 10 }}
        env:
          {{- include "cognigy-session-sidecar.redisCluster.credentialEnv" . | nindent 10 }}
        resources:
          requests:
            cpu: 10m
            memory: 32Mi
          limits:
            memory: 64Mi
        volumeMounts:
          {{- include "cognigy-session-sidecar.redisCluster.fileMounts" . | nindent 10 }}
    volumes:
      {{- include "cognigy-session-sidecar.redisCluster.fileVolumes" . | nindent 6 }}
    {{- with include "cognigy-session-sidecar.redisCluster.scheduling" . | trim }}
    {{- . | nindent 4 }}
    {{- end }}
{{- end }}
