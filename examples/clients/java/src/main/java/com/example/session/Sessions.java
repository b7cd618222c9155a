package com.example.session;

import com.cognigy.session.v1.LockRequest;
import com.cognigy.session.v1.PersistRequest;
import com.cognigy.session.v1.PersistResponse;
import com.cognigy.session.v1.RestoreRequest;
import com.cognigy.session.v1.Session;
import com.cognigy.session.v1.SessionServiceGrpc.SessionServiceBlockingStub;
import com.cognigy.session.v1.UnlockRequest;
import com.cognigy.session.v1.WatchPosition;
import com.cognigy.session.v1.WatchRequest;
import com.cognigy.session.v1.WatchResponse;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.grpc.Deadline;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Iterator;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** What a program does with a session. */
final class Sessions {
  // Longer than the service's own deadline, so that its answer arrives, also that of a second attempt.
  private static final int DEADLINE_S = 5;
  private static final int LOCK_WAIT_S = 5;
  private static final int WATCH_DEADLINE_S = 60;
  private static final int ATTEMPTS_MAX = 50;

  private final SessionServiceBlockingStub stub;
  private final String id;

  Sessions(SessionServiceBlockingStub stub, String id) {
    this.stub = stub;
    this.id = id;
  }

  /**
   * Sets a variable. It is repeated if the service is unavailable: by its id the service recognises
   * an update that it has stored.
   */
  PersistResponse save(String updateId, String key, Value value) {
    return persist(PersistRequest.newBuilder().setUpdateId(updateId), key, value);
  }

  /** Reads the session. One that does not exist is empty; its etag is {@code none}. */
  Session restore() {
    try {
      var request = RestoreRequest.newBuilder().setSessionId(id).build();
      Session session = within(DEADLINE_S).restore(request).getSession();
      // A damaged one has no etag until its next update, and an empty one would be no condition.
      return session.getEtag().isEmpty()
          ? session.toBuilder().setEtag("unknown").build()
          : session;
    } catch (StatusRuntimeException e) {
      if (!SessionChannel.refusal(e).getReason().equals("not_found")) {
        throw e;
      }
      return Session.newBuilder().setEtag("none").build();
    }
  }

  /** Reads again whenever another caller wrote in between, or holds the lock. */
  int countUnderEtag() {
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      Session session = restore();
      int visits = visitsOf(session) + 1;
      try {
        persist(newUpdate().setIfMatch(session.getEtag()), "visits", number(visits));
        return visits;
      } catch (StatusRuntimeException e) {
        if (!Set.of("conflict", "locked").contains(SessionChannel.refusal(e).getReason())) {
          throw e;
        }
      }
    }
    throw new IllegalStateException("other callers wrote at each attempt");
  }

  /** Keeps all others from writing between its read and its write. */
  int countUnderLock() {
    var request =
        LockRequest.newBuilder().setSessionId(id).setTtlMs(10_000).setWaitMs(LOCK_WAIT_S * 1000);
    String token = within(LOCK_WAIT_S + DEADLINE_S).lock(request.build()).getToken();
    try {
      int visits = visitsOf(restore()) + 1;
      persist(newUpdate().setLockToken(token), "visits", number(visits));
      return visits;
    } finally {
      within(DEADLINE_S).unlock(UnlockRequest.newBuilder().setSessionId(id).setToken(token).build());
    }
  }

  /** Prints what happened since a save until a revision, and continues where it is interrupted. */
  void watch(PersistResponse since, int until) throws InterruptedException {
    var deadline = Deadline.after(WATCH_DEADLINE_S, TimeUnit.SECONDS);
    var position = position(since.getRevision(), since.getEtag());
    while (position.getRevision() < until) {
      var request = WatchRequest.newBuilder().setSessionId(id).addResumeFrom(position).build();
      try {
        Iterator<WatchResponse> events = stub.withDeadline(deadline).watch(request);
        while (position.getRevision() < until && events.hasNext()) {
          WatchResponse event = events.next();
          if (event.hasUpdate()) {
            var update = event.getUpdate();
            var keys = String.join(", ", update.getVariablesList());
            System.out.println("watched: revision " + update.getRevision() + " sets " + keys);
            position = position(update.getRevision(), update.getEtag());
          } else if (event.hasReset()) {
            // What happened before is not known one by one: read the session, and continue from here.
            var reset = event.getReset();
            System.out.println("watched: reset to revision " + reset.getRevision());
            position = position(reset.getRevision(), reset.getEtag());
          }
        }
      } catch (StatusRuntimeException e) {
        if (e.getStatus().getCode() != Status.Code.UNAVAILABLE) {
          throw e;
        }
        Thread.sleep(1000);
      }
    }
  }

  static Value text(String value) {
    return Value.newBuilder().setStringValue(value).build();
  }

  private static Value number(double value) {
    return Value.newBuilder().setNumberValue(value).build();
  }

  private PersistResponse persist(PersistRequest.Builder update, String key, Value value) {
    var variables = Struct.newBuilder().putFields(key, value);
    return within(DEADLINE_S).persist(update.setSessionId(id).setVariables(variables).build());
  }

  private SessionServiceBlockingStub within(int seconds) {
    return stub.withDeadlineAfter(seconds, TimeUnit.SECONDS);
  }

  private static PersistRequest.Builder newUpdate() {
    return PersistRequest.newBuilder().setUpdateId(UUID.randomUUID().toString());
  }

  private static WatchPosition position(int revision, String etag) {
    return WatchPosition.newBuilder().setRevision(revision).setEtag(etag).build();
  }

  private static int visitsOf(Session session) {
    var visits = session.getVariables().getFieldsOrDefault("visits", number(0));
    return (int) visits.getNumberValue();
  }
}
