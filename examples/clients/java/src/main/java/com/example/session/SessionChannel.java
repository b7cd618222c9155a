package com.example.session;

import com.cognigy.session.v1.RefusalInfo;
import com.cognigy.session.v1.SessionServiceGrpc;
import com.google.gson.Gson;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Status;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.TlsChannelCredentials;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.MetadataUtils;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A channel to the service, and what its errors say. */
final class SessionChannel {
  /** Which methods are repeated, on which codes, and how long a call may take at most. */
  private static final String SERVICE_CONFIG =
      "/cognigy/session/v1/session_service_grpc_service_config.json";

  private SessionChannel() {}

  /** Opens a channel. With the certificate of an authority in the file RPC_TLS_CA it uses TLS. */
  static ManagedChannel connect(String address) throws IOException {
    return Grpc.newChannelBuilder(address, credentials())
        .defaultServiceConfig(serviceConfig())
        .build();
  }

  /** The methods of the service; each call carries the token in RPC_TOKEN. */
  static SessionServiceGrpc.SessionServiceBlockingStub stubOf(ManagedChannel channel) {
    var stub = SessionServiceGrpc.newBlockingStub(channel);
    String token = System.getenv("RPC_TOKEN");
    if (token == null) {
      return stub;
    }
    var headers = new Metadata();
    var name = Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    headers.put(name, "Bearer " + token);
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /** What the service says about an error; empty if the error is not the service's. */
  static RefusalInfo refusal(Throwable error) {
    Status status = StatusProto.fromThrowable(error);
    if (status != null) {
      for (Any detail : status.getDetailsList()) {
        if (detail.is(RefusalInfo.class)) {
          try {
            return detail.unpack(RefusalInfo.class);
          } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException(e);
          }
        }
      }
    }
    return RefusalInfo.getDefaultInstance();
  }

  private static ChannelCredentials credentials() throws IOException {
    String authority = System.getenv("RPC_TLS_CA");
    return authority == null
        ? InsecureChannelCredentials.create()
        : TlsChannelCredentials.newBuilder().trustManager(new File(authority)).build();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, ?> serviceConfig() throws IOException {
    try (Reader json =
        new InputStreamReader(
            SessionChannel.class.getResourceAsStream(SERVICE_CONFIG), StandardCharsets.UTF_8)) {
      return new Gson().fromJson(json, Map.class);
    }
  }
}
