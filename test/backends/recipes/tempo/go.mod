module backends/tempo

go 1.26.0

require github.com/grafana/tempo v1.5.1-0.20260423183749-e1676d825c43

replace (
	github.com/hashicorp/memberlist => github.com/grafana/memberlist v0.3.1-0.20251024160842-5cd332c2849a
	k8s.io/api => k8s.io/api v0.35.4
	k8s.io/client-go => k8s.io/client-go v0.35.4
)
