"""Saves a session, counts in it, and watches what was done.

python main.py ADDRESS SESSION_ID
"""

import sys
import time
import uuid
from contextlib import contextmanager

import grpc

from cognigy.session.v1 import session_service_pb2 as messages
from session_client import connect, refusal, stub_of

# Longer than the service's own deadline, so that its answer arrives, also that of a second attempt.
DEADLINE_S = 5
LOCK_WAIT_S = 5
WATCH_DEADLINE_S = 60
ATTEMPTS_MAX = 50


def main(address: str, session_id: str) -> None:
    with connect(address) as channel:
        sessions = Sessions(stub_of(channel), session_id)

        saved = sessions.save({"orderId": "ORD-99281"}, update_id="order-99281")
        print(f"saved: revision {saved.revision}")
        print(f"restored: {sessions.restore().variables['orderId']}")
        print(f"counted under an etag: {sessions.count_under_etag()}")
        print(f"counted under the lock: {sessions.count_under_lock()}")

        try:
            sessions.save({"orderId": "ORD-1"}, update_id="order-99281")
        except grpc.RpcError as error:
            # The id belongs to an update with other content.
            print(f"refused: {refusal(error).reason}")

        sessions.watch(saved, until=sessions.restore().revision)


class Sessions:
    def __init__(self, stub, session_id: str):
        self._stub = stub
        self._id = session_id

    def save(self, variables: dict, update_id: str, **conditions) -> messages.PersistResponse:
        """Sets variables. It is repeated if the service is unavailable: by its id the service
        recognises an update that it has stored."""
        request = messages.PersistRequest(
            session_id=self._id, update_id=update_id, variables=variables, **conditions
        )
        return self._stub.Persist(request, timeout=DEADLINE_S)

    def restore(self) -> messages.Session:
        """Reads the session. One that does not exist is empty; its etag is `none`."""
        request = messages.RestoreRequest(session_id=self._id)
        try:
            session = self._stub.Restore(request, timeout=DEADLINE_S).session
        except grpc.RpcError as error:
            if refusal(error).reason != "not_found":
                raise
            return messages.Session(etag="none")
        # A damaged one has no etag until its next update, and an empty one would be no condition.
        session.etag = session.etag or "unknown"
        return session

    def count_under_etag(self) -> int:
        """Reads again whenever another caller wrote in between, or holds the lock."""
        for _ in range(ATTEMPTS_MAX):
            session = self.restore()
            visits = visits_of(session) + 1
            try:
                self.save({"visits": visits}, update_id=str(uuid.uuid4()), if_match=session.etag)
                return visits
            except grpc.RpcError as error:
                if refusal(error).reason not in ("conflict", "locked"):
                    raise
        raise TimeoutError("other callers wrote at each attempt")

    def count_under_lock(self) -> int:
        """Keeps all others from writing between its read and its write."""
        with self._lock() as token:
            visits = visits_of(self.restore()) + 1
            self.save({"visits": visits}, update_id=str(uuid.uuid4()), lock_token=token)
            return visits

    @contextmanager
    def _lock(self):
        request = messages.LockRequest(
            session_id=self._id, ttl_ms=10_000, wait_ms=LOCK_WAIT_S * 1000
        )
        token = self._stub.Lock(request, timeout=LOCK_WAIT_S + DEADLINE_S).token
        try:
            yield token
        finally:
            unlock = messages.UnlockRequest(session_id=self._id, token=token)
            self._stub.Unlock(unlock, timeout=DEADLINE_S)

    def watch(self, since: messages.PersistResponse, until: int) -> None:
        """Prints what happened since a save until a revision, and continues where it is
        interrupted."""
        position = messages.WatchPosition(revision=since.revision, etag=since.etag)
        give_up_at = time.monotonic() + WATCH_DEADLINE_S
        while position.revision < until:
            request = messages.WatchRequest(session_id=self._id, resume_from=[position])
            try:
                timeout = give_up_at - time.monotonic()
                for event in self._stub.Watch(request, timeout=timeout):
                    kind = event.WhichOneof("event")
                    if kind == "update":
                        keys = ", ".join(event.update.variables)
                        print(f"watched: revision {event.update.revision} sets {keys}")
                    elif kind == "reset":
                        # What happened before is not known one by one: read the session, and
                        # continue from here.
                        print(f"watched: reset to revision {event.reset.revision}")
                    else:
                        continue
                    now = getattr(event, kind)
                    position = messages.WatchPosition(revision=now.revision, etag=now.etag)
                    if position.revision >= until:
                        return
            except grpc.RpcError as error:
                if error.code() != grpc.StatusCode.UNAVAILABLE:
                    raise
                time.sleep(1)


def visits_of(session: messages.Session) -> int:
    return int(session.variables["visits"]) if "visits" in session.variables else 0


if __name__ == "__main__":
    main(*sys.argv[1:])
