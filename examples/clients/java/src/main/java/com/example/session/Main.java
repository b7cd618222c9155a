package com.example.session;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Saves a session, counts in it, and watches what was done. */
public final class Main {
  private Main() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length != 2) {
      throw new IllegalArgumentException("usage: Main ADDRESS SESSION_ID");
    }
    ManagedChannel channel = SessionChannel.connect(args[0]);
    try {
      run(new Sessions(SessionChannel.stubOf(channel), args[1]));
    } finally {
      channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
  }

  private static void run(Sessions sessions) throws InterruptedException {
    var saved = sessions.save("order-99281", "orderId", Sessions.text("ORD-99281"));
    System.out.println("saved: revision " + saved.getRevision());
    var orderId = sessions.restore().getVariables().getFieldsOrThrow("orderId");
    System.out.println("restored: " + orderId.getStringValue());
    System.out.println("counted under an etag: " + sessions.countUnderEtag());
    System.out.println("counted under the lock: " + sessions.countUnderLock());

    try {
      // The id belongs to an update with other content.
      sessions.save("order-99281", "orderId", Sessions.text("ORD-1"));
    } catch (StatusRuntimeException e) {
      System.out.println("refused: " + SessionChannel.refusal(e).getReason());
    }

    sessions.watch(saved, sessions.restore().getRevision());
  }
}
