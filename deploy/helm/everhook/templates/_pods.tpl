{{/* Labels of a component's pods. Takes {root, component}. */}}
{{- define "everhook.podLabels" -}}
{{- $own := dict "app.kubernetes.io/part-of" "everhook" -}}
{{- with index .root.Values .component -}}
{{- $own = merge $own (.podLabels | default dict) -}}
{{- end -}}
{{- $selecting := include "everhook.selector" . | fromYaml -}}
{{- toYaml (merge $selecting $own .root.Values.commonLabels) -}}
{{- end -}}

{{/* What all pods have in common. Takes {root, component}. */}}
{{- define "everhook.podSpec" -}}
{{- $component := .component -}}
{{- with .root.Values -}}
automountServiceAccountToken: false
# Kubernetes would set EVERHOOK_… variables for Services of that name, which Everhook would take for wrong settings.
enableServiceLinks: false
{{- with .serviceAccountName }}
serviceAccountName: {{ . }}
{{- end }}
{{- with .imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: tmp
    emptyDir:
      sizeLimit: 256Mi
  {{- if and .temporal.tlsSecret.name (ne $component "migrate") }}
  - name: temporal-tls
    secret:
      secretName: {{ .temporal.tlsSecret.name }}
  {{- end }}
  {{- with .extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}
{{- end -}}

{{/* What all containers have in common. Takes {root, component, own}. */}}
{{- define "everhook.container" -}}
name: {{ .component }}
image: {{ include "everhook.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: [{{ .component }}{{ with (index .root.Values .component).waitSeconds }}, "--wait={{ int . }}"{{ end }}]
env:
  {{- include "everhook.env" . | nindent 2 }}
{{- with (index .root.Values .component).resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumeMounts:
  - name: tmp
    mountPath: /tmp
  {{- if and .root.Values.temporal.tlsSecret.name (ne .component "migrate") }}
  - name: temporal-tls
    mountPath: /run/secrets/temporal
    readOnly: true
  {{- end }}
  {{- with .root.Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* Where the pods of a Deployment run. Takes {root, component}. */}}
{{- define "everhook.scheduling" -}}
{{- $selector := include "everhook.selector" . | fromYaml -}}
{{- with index .root.Values .component -}}
{{- with .topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  - {{- toYaml (hasKey . "labelSelector" | ternary . (merge (dict "labelSelector" (dict "matchLabels" $selector)) .)) | nindent 4 }}
  {{- end }}
{{- end }}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}
{{- end -}}

{{/* Probes of a Deployment's container. Takes {port, readinessPath, startupSeconds}. A start waits for PostgreSQL. */}}
{{- define "everhook.probes" -}}
startupProbe:
  httpGet: { path: /healthz, port: {{ .port }} }
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: {{ div (int .startupSeconds) 2 }}
livenessProbe:
  httpGet: { path: /healthz, port: {{ .port }} }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: {{ .readinessPath | quote }}, port: {{ .port }} }
  periodSeconds: 5
  timeoutSeconds: 4
  failureThreshold: 2
{{- end -}}

{{/* Annotations of pods: a changed value in the chart's Secret replaces them. Takes {root, component}. */}}
{{- define "everhook.podAnnotations" -}}
{{- $inline := dict -}}
{{- range $name, $secret := .root.Values.secrets -}}
{{- with $secret.value -}}
{{- $_ := set $inline $name . -}}
{{- end -}}
{{- end -}}
{{- $annotations := dict -}}
{{- if $inline -}}
{{- $_ := set $annotations "checksum/secrets" (toJson $inline | sha256sum) -}}
{{- end -}}
{{- toYaml (merge $annotations (index .root.Values .component).podAnnotations) -}}
{{- end -}}
