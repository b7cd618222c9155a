package peer;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.time.Instant;
import java.util.List;
import java.util.Map;

@JsonIgnoreProperties(ignoreUnknown = true)
public record DialogState(
    String sessionId, Map<String, Object> context, List<Step> history, Instant timestamp) {

  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Step(String nodeId, String timestamp) {}
}
