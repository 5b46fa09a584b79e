"""A pool of connections to one Postgres, and the only place where its errors become ours."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import errors
from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from whosaid.errors import ArchiveError

CONNECT_SECONDS: Final = 4
_DRIVER: Final = "postgresql+psycopg"

# The first kind that fits says what the trouble is and what helps.
_REMEDIES: Final[tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str, str], ...]] = (
    ((errors.UndefinedTable, errors.UndefinedColumn), "is no archive of this version", "ingest into it first"),
    (errors.FeatureNotSupported, "lacks something", "install pgvector 0.8 or later on the server"),
    (errors.InsufficientPrivilege, "forbids it", "grant the user CREATE on the database and its schema"),
    (PoolTimeout, "has no connection free", "run fewer database workers"),
    (psycopg.OperationalError, "cannot be reached", "check that the server runs and that the URL is right"),
    (psycopg.Error, "refused a statement", "check that the database is this archive's own and see the server's log"),
)


@dataclass(frozen=True, slots=True)
class Database:
    """A Postgres and its pool; every thread takes a connection of its own for the time of a transaction."""

    engine: Engine

    @property
    def name(self) -> str:
        """The address without the password, for messages."""
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def begin(self) -> Generator[Connection]:
        """Open a transaction, committed at the end, rolled back on an error; ArchiveError where Postgres fails."""
        with translated(self.name), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Generator[Connection]:
        """Open a transaction whose statements all see one moment: what is read in pieces fits together."""
        engine = self.engine.execution_options(isolation_level="REPEATABLE READ")
        with translated(self.name), engine.begin() as connection:
            yield connection

    @contextmanager
    def session(self) -> Generator[Connection]:
        """Open a connection of its own without a transaction; its settings and locks end with it."""
        engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with translated(self.name), engine.connect() as connection:
            try:
                yield connection
            finally:
                connection.invalidate()  # or the pool would lend it on

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()


def connect(url: str | URL) -> Database:
    """Make the pool for a URL and see that the server answers; ArchiveError where it does not."""
    address = _parse(url)
    wait = {} if "connect_timeout" in address.query else {"connect_timeout": CONNECT_SECONDS}
    database = Database(create_engine(address, pool_pre_ping=True, connect_args=wait))
    with database.begin():
        return database


def _parse(url: str | URL) -> URL:
    try:
        address = make_url(url)
    except (SQLAlchemyError, ValueError):
        # The cause would quote the address, and with it the password.
        raise ArchiveError("the database URL cannot be read: write postgresql://user:password@host:port/name") from None
    if address.get_backend_name() not in {"postgresql", "postgres"}:
        raise ArchiveError(
            f"an archive lives in Postgres, not in {address.get_backend_name()}: use a postgresql:// URL"
        )
    return address.set(drivername=_DRIVER)


@contextmanager
def translated(name: str) -> Generator[None]:
    """Raise what Postgres, its driver or the pool raise inside as ArchiveError."""
    try:
        yield
    except (SQLAlchemyError, psycopg.Error) as e:
        raise ArchiveError(_explain(name, e)) from e


def _explain(name: str, error: SQLAlchemyError | psycopg.Error) -> str:
    cause = cause_of(error)
    for kind, trouble, remedy in _REMEDIES:
        if isinstance(cause, kind):
            return f"the archive {name} {trouble} ({one_line(cause)}): {remedy}"
    return f"the archive {name} failed ({type(cause).__name__}: {one_line(cause)}): see the server's log"


def cause_of(error: SQLAlchemyError | psycopg.Error) -> BaseException:
    """Return the driver's own error where SQLAlchemy wrapped one."""
    return error.orig if isinstance(error, DBAPIError) and error.orig else error


def one_line(error: BaseException) -> str:
    """Return an error's message on one line."""
    return " ".join(str(error).split())


def storable(text: str) -> str:
    """Return text that Postgres can hold: titles come from the internet, with NUL and lone surrogates in them."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
