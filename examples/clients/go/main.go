// Saves a session, counts in it, and watches what was done.
//
//	session-client ADDRESS SESSION_ID
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"

	sessionv1 "example.com/session-client/gen/cognigy/session/v1"
)

const (
	lockWait      = 5 * time.Second
	watchDeadline = time.Minute
	attemptsMax   = 50
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: session-client ADDRESS SESSION_ID")
	}
	if err := run(context.Background(), os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, address, id string) error {
	connection, err := connect(address)
	if err != nil {
		return err
	}
	defer connection.Close()
	sessions := sessions{sessionv1.NewSessionServiceClient(connection), id}

	saved, err := sessions.save(ctx, "order-99281", variables{"orderId": "ORD-99281"})
	if err != nil {
		return err
	}
	fmt.Println("saved: revision", saved.GetRevision())

	session, err := sessions.restore(ctx)
	if err != nil {
		return err
	}
	fmt.Println("restored:", session.GetVariables().AsMap()["orderId"])

	visits, err := sessions.countUnderEtag(ctx)
	if err != nil {
		return err
	}
	fmt.Println("counted under an etag:", visits)

	if visits, err = sessions.countUnderLock(ctx); err != nil {
		return err
	}
	fmt.Println("counted under the lock:", visits)

	// Another update with the same id is refused, and the refusal says why.
	_, err = sessions.save(ctx, "order-99281", variables{"orderId": "ORD-1"})
	fmt.Println("refused:", refusal(err).GetReason())

	if session, err = sessions.restore(ctx); err != nil {
		return err
	}
	return sessions.watch(ctx, saved, session.GetRevision())
}

type sessions struct {
	sessionv1.SessionServiceClient
	id string
}

type (
	variables = map[string]any
	persisted = sessionv1.PersistResponse
)

// save sets variables. It is repeated if the service is unavailable: by its id the service recognises
// an update that it has stored.
func (s sessions) save(ctx context.Context, updateID string, set variables) (*persisted, error) {
	return s.persist(ctx, &sessionv1.PersistRequest{UpdateId: updateID}, set)
}

func (s sessions) persist(
	ctx context.Context, request *sessionv1.PersistRequest, set variables,
) (*persisted, error) {
	fields, err := structpb.NewStruct(set)
	if err != nil {
		return nil, err
	}
	request.SessionId, request.Variables = s.id, fields
	ctx, cancel := context.WithTimeout(ctx, callDeadline)
	defer cancel()
	return s.Persist(ctx, request)
}

// restore reads the session. One that does not exist is empty; its etag is "none".
func (s sessions) restore(ctx context.Context) (*sessionv1.Session, error) {
	ctx, cancel := context.WithTimeout(ctx, callDeadline)
	defer cancel()
	answer, err := s.Restore(ctx, &sessionv1.RestoreRequest{SessionId: s.id})
	if refusal(err).GetReason() == "not_found" {
		return &sessionv1.Session{Etag: "none"}, nil
	}
	if err == nil && answer.GetSession().GetEtag() == "" {
		// Damaged: it has no etag until its next update, and an empty one would be no condition.
		answer.GetSession().Etag = "unknown"
	}
	return answer.GetSession(), err
}

// countUnderEtag reads again whenever another caller wrote in between, or holds the lock.
func (s sessions) countUnderEtag(ctx context.Context) (int, error) {
	for range attemptsMax {
		session, err := s.restore(ctx)
		if err != nil {
			return 0, err
		}
		visits := visitsOf(session) + 1
		request := &sessionv1.PersistRequest{UpdateId: rand.Text(), IfMatch: session.GetEtag()}
		_, err = s.persist(ctx, request, variables{"visits": visits})
		if reason := refusal(err).GetReason(); reason != "conflict" && reason != "locked" {
			return visits, err
		}
	}
	return 0, errors.New("other callers wrote at each attempt")
}

// countUnderLock keeps all others from writing between its read and its write.
func (s sessions) countUnderLock(ctx context.Context) (visits int, err error) {
	waiting, cancel := context.WithTimeout(ctx, lockWait+callDeadline)
	defer cancel()
	wait := uint32(lockWait.Milliseconds())
	lock, err := s.Lock(waiting, &sessionv1.LockRequest{SessionId: s.id, TtlMs: 10_000, WaitMs: &wait})
	if err != nil {
		return 0, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(ctx, callDeadline)
		defer cancel()
		_, failed := s.Unlock(ctx, &sessionv1.UnlockRequest{SessionId: s.id, Token: lock.GetToken()})
		err = errors.Join(err, failed)
	}()
	session, err := s.restore(ctx)
	if err != nil {
		return 0, err
	}
	visits = visitsOf(session) + 1
	request := &sessionv1.PersistRequest{UpdateId: rand.Text(), LockToken: lock.GetToken()}
	_, err = s.persist(ctx, request, variables{"visits": visits})
	return visits, err
}

// watch prints what happened since a save until a revision, and continues where it is interrupted.
func (s sessions) watch(ctx context.Context, since *persisted, until uint32) error {
	ctx, cancel := context.WithTimeout(ctx, watchDeadline)
	defer cancel()
	position := &sessionv1.WatchPosition{Revision: since.GetRevision(), Etag: since.GetEtag()}
	for {
		stream, err := s.Watch(ctx, &sessionv1.WatchRequest{
			Target:     &sessionv1.WatchRequest_SessionId{SessionId: s.id},
			ResumeFrom: []*sessionv1.WatchPosition{position},
		})
		for err == nil {
			var event *sessionv1.WatchResponse
			if event, err = stream.Recv(); err != nil {
				break
			}
			if update := event.GetUpdate(); update != nil {
				position = &sessionv1.WatchPosition{Revision: update.GetRevision(), Etag: update.GetEtag()}
				keys := strings.Join(update.GetVariables(), ", ")
				fmt.Printf("watched: revision %d sets %s\n", update.GetRevision(), keys)
			} else if reset := event.GetReset_(); reset != nil {
				// What happened before is not known one by one: read the session, and continue from here.
				position = &sessionv1.WatchPosition{Revision: reset.GetRevision(), Etag: reset.GetEtag()}
				fmt.Println("watched: reset to revision", reset.GetRevision())
			}
			if position.GetRevision() >= until {
				return nil
			}
		}
		if status.Code(err) != codes.Unavailable {
			return err
		}
		time.Sleep(time.Second)
	}
}

func visitsOf(session *sessionv1.Session) int {
	return int(session.GetVariables().GetFields()["visits"].GetNumberValue())
}
