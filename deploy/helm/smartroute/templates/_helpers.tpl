{{- define "smartroute.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "smartroute.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "smartroute.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "smartroute.selectorLabels" -}}
app.kubernetes.io/name: {{ include "smartroute.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "smartroute.labels" -}}
{{ include "smartroute.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: smartroute
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "smartroute.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "smartroute.keysSecret" -}}
{{- default (printf "%s-keys" (include "smartroute.fullname" .)) .Values.existingSecret -}}
{{- end -}}

{{- define "smartroute.proxyAccount" -}}
{{- default (printf "%s-proxy" (include "smartroute.fullname" .)) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "smartroute.controlAccount" -}}
{{- default (printf "%s-control" (include "smartroute.fullname" .)) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "smartroute.mtlsIssuer" -}}
{{- default (printf "%s-mtls" (include "smartroute.fullname" .)) .Values.mtls.issuer.name -}}
{{- end -}}

{{- define "smartroute.egress" -}}
- to:
    - namespaceSelector:
        matchLabels: {kubernetes.io/metadata.name: kube-system}
  ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
# Providers. One inside the cluster, or in a private network, needs a rule of its own: networkPolicy.extraEgress.
- to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except: [10.0.0.0/8, 100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16]
    - ipBlock:
        cidr: ::/0
        except: ["fc00::/7", "fe80::/10"]
  ports:
    - {protocol: TCP, port: 443}
{{- with .Values.networkPolicy.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end -}}
