"""What every test of the server may use: a clock that is set by hand, and real databases of both kinds."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import json
import logging
import os
import pkgutil
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine

import daemon_server
from daemon_server import composition, ids
from daemon_server.db import Database, Session
from daemon_server.db.connections import open_file, wrap
from daemon_server.db.postgresql import PostgresqlDatabase, address
from daemon_server.db.schema import metadata
from daemon_server.db.sqlite import SqliteDatabase
from daemon_server.home import Home
from daemon_server.http.context import Server
from daemon_server.identity import people_store, pepper, tokens
from daemon_server.identity.pepper import Pepper
from daemon_server.identity.records import User
from daemon_server.identity.scopes import PERSON_SCOPES
from daemon_server.machines.tables import machines
from daemon_server.settings import Settings

ROOT = Path(__file__).resolve().parents[2]

# A Tuesday; tests that print it are readable.
FIRST_MS = 1_795_500_000_000


def until(predicate: Callable[[], Any], *, description: str = "", seconds: float = 30.0) -> Any:
    """The first true value of `predicate`."""
    deadline = time.monotonic() + seconds
    while not (value := predicate()):
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {description or predicate}"
        time.sleep(0.01)
    return value


@pytest.fixture
def wait_until() -> Callable[..., Any]:
    """`wait_until(predicate, description=..., seconds=...)`: polls instead of guessing how long something takes."""
    return until


def sibling(name: str) -> ModuleType:
    """A module beside this file."""
    return _loaded(f"spl_server_tests_{name}", Path(__file__).with_name(f"{name}.py"))


def _loaded(name: str, path: Path) -> ModuleType:
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


watching = sibling("watching")
watching.install()


@pytest.fixture(autouse=True)
def nothing_is_executed() -> Iterator[None]:
    """The server never executes what it is sent: not in one request of any test."""
    watching.taken()
    yield
    events = watching.taken()
    assert not events, f"{len(events)} events, the first: {events[0]}"


@pytest.fixture(autouse=True)
def leaks(tmp_path: Path) -> Iterator[Any]:
    """No credential is in a log line, in the database, or in an answer but the one that issues it."""
    leaks = watching.Leaks()
    handler = watching.Lines(leaks)
    logger = logging.getLogger()
    level = logging.getLogger("daemon_server").level
    logging.getLogger("daemon_server").setLevel(logging.DEBUG)
    logger.addHandler(handler)
    yield leaks
    logger.removeHandler(handler)
    logging.getLogger("daemon_server").setLevel(level)
    found = leaks.scan(tmp_path)
    assert not found, found


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the variables of whoever runs it."""
    for name in list(os.environ):
        if name.startswith("SPL_SERVER_"):
            monkeypatch.delenv(name)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.wall = FIRST_MS
        self.boot = 1_000_000

    def wall_ms(self) -> int:
        return self.wall

    def boot_ms(self) -> int:
        return self.boot

    def advance(self, ms: int) -> None:
        """Let time go by."""
        self.wall += ms
        self.boot += ms

    def jump(self, ms: int) -> None:
        """Somebody sets the wall clock."""
        self.wall += ms


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


# --- databases --------------------------------------------------------------------------------------------------------


def load_tables() -> None:
    """Let every feature declare its tables."""
    for module in pkgutil.iter_modules(daemon_server.__path__, "daemon_server."):
        if module.ispkg and importlib.util.find_spec(f"{module.name}.tables") is not None:
            importlib.import_module(f"{module.name}.tables")


def tool(name: str) -> ModuleType:
    """A module of `tools/`, which is no package."""
    return _loaded(f"spl_tools_{name}", ROOT / "tools" / f"{name}.py")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with every table, to be copied."""
    load_tables()
    path = tmp_path_factory.mktemp("template") / "server.sqlite3"
    engine = create_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[Any]:
    """A PostgreSQL for this test session, with a database `template_spl` that has every table."""
    module = tool("postgresql")
    try:
        running = module.cluster()
        cluster = running.__enter__()
    except module.NoPostgresql as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    try:
        load_tables()
        engine = create_engine(address(cluster.create("template_spl")))
        metadata.create_all(engine)
        engine.dispose()
        yield cluster
    finally:
        running.__exit__(None, None, None)


_numbers = itertools.count(1)


@pytest.fixture
def postgresql_url(postgresql_cluster: Any) -> Iterator[str]:
    """The address of a fresh PostgreSQL database with every table."""
    name = f"test_{next(_numbers)}"
    yield postgresql_cluster.create(name, template="template_spl")
    postgresql_cluster.drop(name)


@pytest.fixture
def sqlite_path(sqlite_template: Path, tmp_path: Path) -> Path:
    """A fresh SQLite file with every table."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700, exist_ok=True)
    return Path(shutil.copy(sqlite_template, folder / "server.sqlite3"))


@pytest.fixture
def sqlite_database(sqlite_path: Path, clock: FakeClock) -> Iterator[SqliteDatabase]:
    """A fresh database on SQLite; its time is the fixture `clock`."""
    database = SqliteDatabase(sqlite_path, clock)
    yield database
    database.close()


@pytest.fixture
def postgresql_database(postgresql_url: str, clock: FakeClock) -> Iterator[PostgresqlDatabase]:
    """A fresh database on PostgreSQL; its time is the fixture `clock`."""
    database = PostgresqlDatabase(postgresql_url, clock, threads=4, database_time=False)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """A fresh database of each kind in turn."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


type SessionFactory = Callable[[], AbstractContextManager[Session]]


@pytest.fixture
def session_factory(database: Database, clock: FakeClock) -> SessionFactory:
    """`with session_factory() as session:` is one transaction of this thread, committed at the end of the block."""

    @contextmanager
    def begin() -> Iterator[Session]:
        if isinstance(database, SqliteDatabase):
            with _on_sqlite(database.path, clock) as session:
                yield session
        else:
            assert isinstance(database, PostgresqlDatabase)
            with database.engine.begin() as connection:
                session = Session(connection, clock, database_time=False)
                yield session
        database.topics.deliver(session.woken)

    return begin


@contextmanager
def _on_sqlite(path: Path, clock: FakeClock) -> Iterator[Session]:
    raw = open_file(path)
    connection = wrap(raw)
    try:
        raw.execute("BEGIN IMMEDIATE")
        session = Session(connection, clock, database_time=False)
        yield session
        raw.execute("COMMIT")
    finally:
        connection.close()
        raw.close()  # undoes what was not committed


# --- people -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the tests."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class People:
    """Makes users, machines and their credentials without asking anybody."""

    database: Database
    pepper: Pepper
    leaks: Any

    def user(self, name: str, *, admin: bool = False) -> Person:
        """A new user."""
        user = User(ids.new("usr"), name, name.title(), admin, 1, self.database.clock.wall_ms(), None)
        self.database.transact(lambda session: people_store.add_user(session, user))
        return Person(user.id, name)

    def token(self, user: Person, scopes: Iterable[str] = PERSON_SCOPES, **options: Any) -> str:
        """A user's token; `kind="execution", library_id=...` and the like make others."""
        wanted: dict[str, Any] = {"kind": "user", "name": "test", "scopes": scopes, **options}
        if wanted["kind"] != "user" and scopes is PERSON_SCOPES:
            wanted["scopes"] = None
        return self.database.transact(lambda session: tokens.issue(session, self.pepper, user_id=user.id, **wanted)).raw

    def machine(self, owner: Person, name: str = "box") -> tuple[str, str]:
        """A machine of a user: its id, and its token."""
        machine_id = ids.new("mch")
        values = {
            "id": machine_id, "owner_id": owner.id, "name": name, "display_name": name, "labels": "[]",
            "policy": json.dumps([f"{owner.name}/*/*"]), "draining": 0, "capacity": 0, "snapshot": "{}",
            "created_at": self.database.clock.wall_ms(), "generation_seen": 1,
        }  # fmt: skip
        self.database.transact(lambda session: session.execute(machines.insert().values(values)) and None)
        return machine_id, self.token(owner, kind="machine", name=name, machine_id=machine_id)


@pytest.fixture
def people(request: pytest.FixtureRequest, home: Home, leaks: Any) -> People:
    """Users and tokens in the database that the test uses; an administrator `root` is there already."""
    both = {"database", "any_server", "any_client"} & set(request.fixturenames)
    people = People(request.getfixturevalue("database" if both else "sqlite_database"), pepper.load(home.root), leaks)
    people.user("root", admin=True)
    return people


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A prepared home; `sqlite_database` lies in it."""
    home = Home(tmp_path / "home")
    home.prepare()
    return home


# --- servers ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def settings(home: Home) -> Settings:
    """The settings of `server`; a test module overrides this fixture for others."""
    return Settings(home=home.root, ballast_bytes=0)


@pytest.fixture
async def server(settings: Settings, home: Home, sqlite_database: SqliteDatabase) -> AsyncIterator[Server]:
    """A composed server on SQLite, in this process."""
    async with composition.composed(settings, home, db=sqlite_database, clock=sqlite_database.clock) as server:
        yield server


@pytest.fixture
async def any_server(settings: Settings, home: Home, database: Database) -> AsyncIterator[Server]:
    """A composed server on each kind of database in turn."""
    async with composition.composed(settings, home, db=database, clock=database.clock) as server:
        yield server


def client_of(server: Server, leaks: Any) -> httpx.AsyncClient:
    """A client that speaks to the server without a socket; headers such as the token are each request's."""
    app = composition.create_app(server)
    app.openapi_schema = composition.drawn()  # as a server has it drawn before anybody asks
    transport = httpx.ASGITransport(watching.Answering(app), client=("192.0.2.1", 50_000))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost", event_hooks={"response": [leaks.heard]})


@pytest.fixture
async def app_client(server: Server, leaks: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to `server`."""
    async with client_of(server, leaks) as client:
        yield client


@pytest.fixture
async def any_client(any_server: Server, leaks: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to `any_server`."""
    async with client_of(any_server, leaks) as client:
        yield client


@dataclass
class ServerProcess:
    """A real server, listening on loopback."""

    home: Path
    log: Path
    options: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    url: str = ""
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        words = [sys.executable, "-m", "daemon_server", "serve", "--port", "0", "--home", str(self.home), *self.options]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                words, stdout=subprocess.PIPE, stderr=log, text=True, env=os.environ | self.environment
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "listening on" in line, f"{line!r}\n{self.log.read_text()[-3000:]}"
        self.url = line.split()[-1]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to stop; its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None
        return code

    def command(self, *words: str) -> Any:
        """What `spl-server WORDS --home ... --json` says."""
        database = [word for word in self.options if word.startswith("--database-url=")]
        command = [sys.executable, "-m", "daemon_server", *words, "--home", str(self.home), *database, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | self.environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="session")
def server_process_type() -> type[ServerProcess]:
    """For a module that keeps a server of its own over several tests, and ends it."""
    return ServerProcess


@pytest.fixture
def server_processes(tmp_path: Path) -> Iterator[Callable[..., ServerProcess]]:
    """`server_processes("--database-url=...", home=..., environment=...)`: a server that is stopped at the end."""
    made: list[ServerProcess] = []

    def make(*options: str, home: Path | None = None, environment: dict[str, str] | None = None) -> ServerProcess:
        number = len(made)
        process = ServerProcess(
            home or tmp_path / f"server-{number}", tmp_path / f"server-{number}.log", options, environment or {}
        )
        made.append(process)
        return process

    yield make
    for process in made:
        if process.process is not None:
            process.stop(signal.SIGKILL)


@pytest.fixture
def server_process(server_processes: Callable[..., ServerProcess]) -> ServerProcess:
    """A real server on SQLite that answers at `.url`."""
    process = server_processes()
    process.start()
    return process
