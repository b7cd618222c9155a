"""Session state with FastAPI, redis-py, pydantic, prometheus_client and tenacity.

Written after a tutorial's description: a lock, a read, a shallow merge, a write, an unlock. What kept
the described program from running is put right (its routes are added before the router is included),
and nothing else: Redis is called from async handlers by a client that blocks, as described.

The secret and Redis are in WEBHOOK_SECRET and REDIS_PORT.
"""

import json
import os
import time
import uuid

import redis
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import Counter, Histogram, generate_latest
from pydantic import BaseModel, ValidationError
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential

SECRET = os.environ["WEBHOOK_SECRET"]
SESSION_TTL_SECONDS = 3600
LOCK_TTL_SECONDS = 10
LOCK_RETRY_SECONDS = 0.2
SCHEMAS = {
    "default": {
        "required": ["customerId", "cartTotal"],
        "types": {"customerId": str, "cartTotal": (int, float)},
    },
}
RELEASE = """
if redis.call('get', KEYS[1]) == ARGV[1] then
  return redis.call('del', KEYS[1])
end
return 0
"""

persist_seconds = Histogram(
    "cognigy_session_persist_seconds", "Seconds that a persist took", ["status"]
)
lock_wait_seconds = Histogram(
    "cognigy_session_lock_wait_seconds", "Seconds that a request waited for its lock"
)
errors_total = Counter("cognigy_session_errors_total", "Errors", ["error_type"])

store = redis.Redis(
    host="127.0.0.1", port=int(os.environ["REDIS_PORT"]), decode_responses=True
)
release_script = store.register_script(RELEASE)


class SessionUpdate(BaseModel):
    sessionId: str
    userId: str | None = None
    variables: dict = {}
    context: dict = {}
    timestamp: int | None = None
    flowId: str | None = None


class LockTimeout(Exception):
    pass


class SchemaRefused(Exception):
    pass


on_lost_connection = retry(
    stop=stop_after_attempt(3),
    wait=wait_exponential(multiplier=0.5, min=0.5, max=5),
    retry=retry_if_exception_type(redis.ConnectionError),
    reraise=True,
)


@on_lost_connection
def read_session(session_id: str) -> dict | None:
    text = store.get(f"session:{session_id}")
    return json.loads(text) if text else None


@on_lost_connection
def write_session(session_id: str, state: dict) -> None:
    store.set(f"session:{session_id}", json.dumps(state), ex=SESSION_TTL_SECONDS)


def take_lock(session_id: str) -> str:
    token = str(uuid.uuid4())
    with lock_wait_seconds.time():
        for attempt in range(2):
            if store.set(f"lock:{session_id}", token, nx=True, ex=LOCK_TTL_SECONDS):
                return token
            if attempt == 0:
                time.sleep(LOCK_RETRY_SECONDS)
    raise LockTimeout()


def release_lock(session_id: str, token: str) -> None:
    release_script(keys=[f"lock:{session_id}"], args=[token])


def validate(update: SessionUpdate) -> None:
    schema = SCHEMAS.get(update.flowId or "default", SCHEMAS["default"])
    for name in schema["required"]:
        if name not in update.variables:
            raise SchemaRefused(f"{name} is missing")
    for name, expected in schema["types"].items():
        if name in update.variables and not isinstance(update.variables[name], expected):
            raise SchemaRefused(f"{name} has the wrong type")


def persist(update: SessionUpdate) -> None:
    validate(update)
    timestamp = update.timestamp or int(time.time())
    token = take_lock(update.sessionId)
    try:
        old = read_session(update.sessionId)
        if old is None:
            state = {**update.model_dump(), "timestamp": timestamp}
        else:
            state = {
                **old,
                "variables": {**old["variables"], **update.variables},
                "context": {**old["context"], **update.context},
                "lastUpdated": timestamp,
            }
        write_session(update.sessionId, state)
    finally:
        release_lock(update.sessionId, token)


app = FastAPI()
router = APIRouter()


@app.middleware("http")
async def check_token(request: Request, call_next):
    if request.headers.get("x-cognigy-webhook-token") != SECRET:
        errors_total.labels(error_type="unauthorized").inc()
        return JSONResponse(
            status_code=401, content={"error": "Unauthorized: Invalid webhook token"}
        )
    return await call_next(request)


@router.post("/webhook/cognigy/session")
async def save(request: Request):
    started = time.perf_counter()
    try:
        update = SessionUpdate.model_validate(await request.json())
    except (ValidationError, ValueError) as error:
        errors_total.labels(error_type="invalid").inc()
        return JSONResponse(status_code=400, content={"error": str(error)})
    try:
        persist(update)
    except SchemaRefused as error:
        errors_total.labels(error_type="schema").inc()
        return JSONResponse(status_code=422, content={"error": str(error)})
    except (redis.RedisError, LockTimeout) as error:
        errors_total.labels(error_type="storage").inc()
        persist_seconds.labels(status="error").observe(time.perf_counter() - started)
        return JSONResponse(status_code=503, content={"error": str(error)})
    persist_seconds.labels(status="success").observe(time.perf_counter() - started)
    return {"status": "accepted", "sessionId": update.sessionId}


@router.get("/debug/session/{session_id}")
async def inspect(session_id: str):
    state = read_session(session_id)
    if state is None:
        return JSONResponse(
            status_code=404, content={"error": "Session not found or expired"}
        )
    return state


@router.get("/metrics")
async def metrics():
    return PlainTextResponse(generate_latest())


app.include_router(router)
