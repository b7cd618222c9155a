// Calls one unary method by connect-go, and prints what came of it as a line of JSON.
//
//	rpc-client PROTOCOL URL DESCRIPTOR METHOD REQUEST [NAME:VALUE...]
//
// PROTOCOL is connect, connect-json, grpc or grpc-web. Over TLS the authority is the file that CA_FILE
// names.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// What came of a call. Details of an error are messages in JSON, by their types.
type outcome struct {
	Answer  json.RawMessage            `json:"answer,omitempty"`
	Code    string                     `json:"code,omitempty"`
	Message string                     `json:"message,omitempty"`
	Details map[string]json.RawMessage `json:"details,omitempty"`
}

type call struct {
	protocol, path string
	target         *url.URL
	tls            *tls.Config
	headers        [][2]string
	request        *dynamicpb.Message
	method         protoreflect.MethodDescriptor
	files          *protoregistry.Files
}

func main() {
	if len(os.Args) < 6 {
		fail(errors.New("usage: rpc-client PROTOCOL URL DESCRIPTOR METHOD REQUEST [NAME:VALUE...]"))
	}
	prepared, err := prepare(os.Args[1:])
	if err != nil {
		fail(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	result, err := prepared.byConnect(ctx)
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func prepare(words []string) (*call, error) {
	target, err := url.Parse(words[1])
	if err != nil {
		return nil, err
	}
	bytes, err := os.ReadFile(words[2])
	if err != nil {
		return nil, err
	}
	set := &descriptorpb.FileDescriptorSet{}
	if err := proto.Unmarshal(bytes, set); err != nil {
		return nil, err
	}
	files, err := protodesc.NewFiles(set)
	if err != nil {
		return nil, err
	}
	found, err := files.FindDescriptorByName(protoreflect.FullName(strings.ReplaceAll(words[3], "/", ".")))
	if err != nil {
		return nil, err
	}
	method, ok := found.(protoreflect.MethodDescriptor)
	if !ok {
		return nil, fmt.Errorf("%s is not a method", words[3])
	}
	request := dynamicpb.NewMessage(method.Input())
	if err := protojson.Unmarshal([]byte(words[4]), request); err != nil {
		return nil, err
	}
	prepared := &call{protocol: words[0], path: "/" + words[3], target: target, request: request, method: method, files: files}
	for _, word := range words[5:] {
		name, value, _ := strings.Cut(word, ":")
		prepared.headers = append(prepared.headers, [2]string{name, value})
	}
	if target.Scheme == "https" {
		authority, err := os.ReadFile(os.Getenv("CA_FILE"))
		if err != nil {
			return nil, err
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(authority)
		prepared.tls = &tls.Config{RootCAs: roots}
	}
	return prepared, nil
}

func (c *call) byConnect(ctx context.Context) (outcome, error) {
	options := []connect.ClientOption{
		connect.WithSchema(c.method),
		connect.WithIdempotency(connect.IdempotencyUnknown),
		connect.WithResponseInitializer(func(spec connect.Spec, message any) error {
			if empty, ok := message.(*dynamicpb.Message); ok {
				*empty = *dynamicpb.NewMessage(c.method.Output())
			}
			return nil
		}),
	}
	switch c.protocol {
	case "connect":
	case "connect-json":
		options = append(options, connect.WithProtoJSON())
	case "grpc":
		options = append(options, connect.WithGRPC())
	case "grpc-web":
		options = append(options, connect.WithGRPCWeb())
	default:
		return outcome{}, fmt.Errorf("%s is not a protocol", c.protocol)
	}
	protocols := &http.Protocols{}
	protocols.SetHTTP1(c.protocol != "grpc")
	protocols.SetHTTP2(c.tls != nil)
	protocols.SetUnencryptedHTTP2(c.protocol == "grpc")
	transport := &http.Transport{TLSClientConfig: c.tls, Protocols: protocols}
	client := connect.NewClient[dynamicpb.Message, dynamicpb.Message](
		&http.Client{Transport: transport}, c.target.String()+c.path, options...)
	request := connect.NewRequest(c.request)
	for _, header := range c.headers {
		request.Header().Add(header[0], header[1])
	}
	response, err := client.CallUnary(ctx, request)
	if err == nil {
		return answered(response.Msg)
	}
	var refused *connect.Error
	if !errors.As(err, &refused) {
		return outcome{}, err
	}
	details := map[string][]byte{}
	for _, detail := range refused.Details() {
		details[detail.Type()] = detail.Bytes()
	}
	return c.refused(refused.Code(), refused.Message(), details)
}

func answered(message proto.Message) (outcome, error) {
	text, err := protojson.Marshal(message)
	return outcome{Answer: text}, err
}

func (c *call) refused(code connect.Code, message string, details map[string][]byte) (outcome, error) {
	result := outcome{Code: code.String(), Message: message, Details: map[string]json.RawMessage{}}
	for name, bytes := range details {
		found, err := c.files.FindDescriptorByName(protoreflect.FullName(name))
		if err != nil {
			return outcome{}, err
		}
		detail := dynamicpb.NewMessage(found.(protoreflect.MessageDescriptor))
		if err := proto.Unmarshal(bytes, detail); err != nil {
			return outcome{}, err
		}
		text, err := protojson.Marshal(detail)
		if err != nil {
			return outcome{}, err
		}
		result.Details[name] = text
	}
	return result, nil
}
