package peer;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * Dialog state with Spring Boot, Lettuce on Redis Cluster, and BouncyCastle, written after a
 * tutorial's description. The port, the secret and Redis are in PORT, WEBHOOK_SECRET and REDIS_PORT.
 */
@SpringBootApplication
public class PeerApplication {
  public static void main(String[] arguments) {
    SpringApplication.run(PeerApplication.class, arguments);
  }
}
