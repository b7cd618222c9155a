package peer;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
public class StateController {
  private final StateStore store;

  public StateController(StateStore store) {
    this.store = store;
  }

  @PostMapping("/webhook/cognigy/session-update")
  public ResponseEntity<Void> save(@RequestBody DialogState state) {
    store.save(state);
    return ResponseEntity.ok().build();
  }

  @GetMapping("/api/v1/state/{sessionId}")
  public ResponseEntity<?> inspect(@PathVariable String sessionId) {
    try {
      return store
          .find(sessionId)
          .<ResponseEntity<?>>map(ResponseEntity::ok)
          .orElseGet(() -> notFound("State not found or expired"));
    } catch (StateCodec.Corrupted error) {
      return ResponseEntity.internalServerError()
          .body(
              Map.of(
                  "error", "State corruption detected",
                  "action", "Fallback state returned",
                  "sessionId", sessionId));
    }
  }

  @GetMapping("/api/v1/state/{sessionId}/restore")
  public ResponseEntity<?> restore(@PathVariable String sessionId) {
    try {
      return store
          .find(sessionId)
          .<ResponseEntity<?>>map(ResponseEntity::ok)
          .orElseGet(() -> notFound("No state available for restoration"));
    } catch (StateCodec.Corrupted error) {
      Map<String, Object> context = Map.of("fallback", "true", "corruptionDetected", "true");
      return ResponseEntity.ok(new DialogState(sessionId, context, List.of(), Instant.now()));
    }
  }

  private static ResponseEntity<?> notFound(String error) {
    return ResponseEntity.status(404).body(Map.of("error", error));
  }
}
