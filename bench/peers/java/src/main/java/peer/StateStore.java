package peer;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.core.RedisTemplate;
import org.springframework.data.redis.serializer.RedisSerializer;
import org.springframework.stereotype.Service;

@Service
public class StateStore {
  private static final Duration RETRY_AFTER = Duration.ofMillis(500);

  private final RedisTemplate<String, byte[]> redis = new RedisTemplate<>();
  private final StateCodec codec;
  private final Duration ttl;

  public StateStore(
      RedisConnectionFactory connections, StateCodec codec, @Value("${state.ttl}") Duration ttl) {
    redis.setConnectionFactory(connections);
    redis.setKeySerializer(RedisSerializer.string());
    redis.setValueSerializer(RedisSerializer.byteArray());
    redis.afterPropertiesSet();
    this.codec = codec;
    this.ttl = ttl;
  }

  public void save(DialogState state) {
    byte[] encoded = codec.encode(state);
    retryOnce(
        () -> {
          redis.opsForValue().set(keyOf(state.sessionId()), encoded, ttl);
          return null;
        });
  }

  public Optional<DialogState> find(String sessionId) {
    byte[] stored = retryOnce(() -> redis.opsForValue().get(keyOf(sessionId)));
    return Optional.ofNullable(stored).map(codec::decode);
  }

  private static String keyOf(String sessionId) {
    return "cognigy:state:" + sessionId;
  }

  private static <T> T retryOnce(Supplier<T> work) {
    try {
      return work.get();
    } catch (DataAccessException error) {
      try {
        Thread.sleep(RETRY_AFTER.toMillis());
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw error;
      }
      return work.get();
    }
  }
}
