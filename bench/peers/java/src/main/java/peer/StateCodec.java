package peer;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.springframework.stereotype.Component;

/**
 * int32 length, payload, SHA-256 of the payload. The description writes the magic as four bytes and
 * reads it as a UTF string, which never works; here both ends have the four bytes.
 */
@Component
public class StateCodec {
  private static final byte[] MAGIC = {'C', 'G', 'N', 'Y'};
  private static final int VERSION = 1;
  private static final int DIGEST_BYTES = 32;

  public static class Corrupted extends RuntimeException {}

  public byte[] encode(DialogState state) {
    try {
      var bytes = new ByteArrayOutputStream();
      var out = new DataOutputStream(bytes);
      out.write(MAGIC);
      out.writeInt(VERSION);
      out.writeUTF(state.sessionId());
      out.writeLong(state.timestamp().toEpochMilli());
      Map<String, Object> context = state.context() == null ? Map.of() : state.context();
      out.writeInt(context.size());
      for (var entry : context.entrySet()) {
        out.writeUTF(entry.getKey());
        out.writeUTF(entry.getValue() == null ? "" : entry.getValue().toString());
      }
      List<DialogState.Step> history = state.history() == null ? List.of() : state.history();
      out.writeInt(history.size());
      for (var step : history) {
        out.writeUTF(step.nodeId());
        out.writeUTF(step.timestamp());
      }
      byte[] payload = bytes.toByteArray();
      return ByteBuffer.allocate(4 + payload.length + DIGEST_BYTES)
          .putInt(payload.length)
          .put(payload)
          .put(digest(payload))
          .array();
    } catch (IOException error) {
      throw new IllegalArgumentException(error);
    }
  }

  public DialogState decode(byte[] stored) {
    try {
      var buffer = ByteBuffer.wrap(stored);
      byte[] payload = new byte[buffer.getInt()];
      buffer.get(payload);
      byte[] checksum = new byte[DIGEST_BYTES];
      buffer.get(checksum);
      if (!Arrays.equals(checksum, digest(payload))) throw new Corrupted();
      var in = new DataInputStream(new ByteArrayInputStream(payload));
      if (!Arrays.equals(in.readNBytes(MAGIC.length), MAGIC) || in.readInt() != VERSION)
        throw new Corrupted();
      String sessionId = in.readUTF();
      Instant timestamp = Instant.ofEpochMilli(in.readLong());
      var context = new LinkedHashMap<String, Object>();
      for (int left = in.readInt(); left > 0; left--) context.put(in.readUTF(), in.readUTF());
      var history = new ArrayList<DialogState.Step>();
      for (int left = in.readInt(); left > 0; left--)
        history.add(new DialogState.Step(in.readUTF(), in.readUTF()));
      return new DialogState(sessionId, context, history, timestamp);
    } catch (IOException | RuntimeException error) {
      throw new Corrupted();
    }
  }

  private static byte[] digest(byte[] payload) {
    var sha256 = new SHA256Digest();
    sha256.update(payload, 0, payload.length);
    byte[] digest = new byte[DIGEST_BYTES];
    sha256.doFinal(digest, 0);
    return digest;
  }
}
