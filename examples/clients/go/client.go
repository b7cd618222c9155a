package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	sessionv1 "example.com/session-client/gen/cognigy/session/v1"
)

// Which methods are repeated, on which codes, and how long a call may take at most.
//
//go:embed proto/cognigy/session/v1/session_service_grpc_service_config.json
var serviceConfig string

// Longer than the service's own deadline, so that its answer arrives, also that of a second attempt.
const callDeadline = 5 * time.Second

// connect opens a channel. The token is in RPC_TOKEN; with the certificate of an authority in the file
// RPC_TLS_CA the channel uses TLS.
func connect(address string) (*grpc.ClientConn, error) {
	security := insecure.NewCredentials()
	if path := os.Getenv("RPC_TLS_CA"); path != "" {
		pem, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s has no certificate", path)
		}
		security = credentials.NewTLS(&tls.Config{RootCAs: roots})
	}
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(security),
		grpc.WithDefaultServiceConfig(serviceConfig),
	}
	if token := os.Getenv("RPC_TOKEN"); token != "" {
		options = append(options, grpc.WithPerRPCCredentials(bearer(token)))
	}
	return grpc.NewClient(address, options...)
}

// bearer is sent with each call, also in plain text: a sidecar listens on loopback.
type bearer string

func (token bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(token)}, nil
}

func (bearer) RequireTransportSecurity() bool { return false }

// refusal is what the service says about an error, or nil if the error is not the service's.
func refusal(err error) *sessionv1.RefusalInfo {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*sessionv1.RefusalInfo); ok {
			return info
		}
	}
	return nil
}
