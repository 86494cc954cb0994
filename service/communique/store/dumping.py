"""A copy of a PostgreSQL database, of one moment, and such a copy put back: by its own programs.

Only they know every version's every kind of thing. They are told how to connect by a file that
nobody else reads, never by arguments, which every user of the machine can see.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from os import environ
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

from communique.domain.lineage import Doubt
from communique.errors import NotAllowed, StoreUnavailable
from communique.store.explaining import explain

DUMP, RESTORE, SHELL = "pg_dump", "pg_restore", "psql"
LOCKS = "--lock-wait-timeout=30s"  # as our own writing does: a migration may be under way
_SERVICE = "communique"
_IN_DOUBT = """
DO $doubt$ BEGIN
  IF to_regclass({table}) IS NOT NULL THEN
    UPDATE {schema}.lineages SET doubt = {why}, doubted_at = {at}
    WHERE doubt IS NULL AND number = (SELECT max(number) FROM {schema}.lineages);
  END IF;
END $doubt$;
"""


def dump(url: URL, to: Path, scratch: Path) -> tuple[str, str]:
    """Copy the database into a new file that only we may read; its schema's revision, and name.

    Raises StoreUnavailable.
    """
    with _connected(url) as connection:
        program = _program(DUMP, connection.info.server_version)
        [schema] = connection.execute("SELECT current_schema()").fetchone()
        [revision] = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    to.touch(mode=0o600, exist_ok=False)
    with _service(url, scratch) as environment:
        _run(
            [program, "--format=custom", f"--schema={_quoted(schema)}", LOCKS, f"--file={to}"],
            environment,
        )
    return revision, schema


def taken(url: URL, schema: str) -> bool:
    """Whether there is anything where a copy of this schema would go."""
    with _connected(url) as connection:
        query = "SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace(%s))"
        [found] = connection.execute(query, [_quoted(schema)]).fetchone()
        return bool(found)


def load(url: URL, file: Path, schema: str, at: datetime, scratch: Path, aside: str = "") -> None:
    """Put a copy back, in doubt from the beginning, in one transaction: all of it or nothing.

    What is in its place is renamed to `aside` first, if that is named. Raises StoreUnavailable, or
    NotAllowed where others are connected to this database.
    """
    with _connected(url) as connection:
        programs = [_program(one, connection.info.server_version) for one in (RESTORE, SHELL)]
        others = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
            AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""
        [count] = connection.execute(others).fetchone()
        if count:
            raise NotAllowed("restore_others_connected", count=count)
        before = _rename(schema, aside) if aside else ""
    with _service(url, scratch) as environment:
        reading = [programs[0], f"--schema={schema}", "--no-owner", "--no-privileges"]
        _into_a_shell(
            [*reading, "--file=-", str(file)],
            [programs[1], "--no-psqlrc", "--quiet", "--single-transaction", "--file=-"],
            f"SET lock_timeout = '30s';\n{before}CREATE SCHEMA IF NOT EXISTS {_quoted(schema)};\n",
            _in_doubt(schema, at),
            environment,
        )


def _into_a_shell(
    reading: list[str], shell: list[str], before: str, after: str, environment: Mapping[str, str]
) -> None:
    """Have one program's output run by the other, between two words of ours."""
    with tempfile.TemporaryFile() as said:
        run = subprocess.Popen(
            [*shell, "--set=ON_ERROR_STOP=1"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env=environment,
        )
        assert run.stdin is not None  # noqa: S101 - it is a pipe
        try:
            with contextlib.suppress(BrokenPipeError):  # it failed, and has said why
                run.stdin.write(before.encode())
                run.stdin.flush()
            read = subprocess.run(
                reading, stdout=run.stdin, stderr=subprocess.PIPE, check=False, env=environment
            )
            if read.returncode:
                run.kill()  # its transaction goes with it
            with contextlib.suppress(BrokenPipeError):
                run.stdin.write(after.encode())
                run.stdin.close()
            run.wait()
        finally:
            run.kill()
            run.wait()
        said.seek(0)
        if run.returncode > 0:
            raise _failed(SHELL, said.read())
        if read.returncode:
            raise _failed(RESTORE, read.stderr)


def _rename(schema: str, aside: str) -> str:
    return f"ALTER SCHEMA {_quoted(schema)} RENAME TO {_quoted(aside)};\n"


def _in_doubt(schema: str, at: datetime) -> str:
    quoted = _quoted(schema)
    return _IN_DOUBT.format(
        schema=quoted,
        table=_literal(f"{quoted}.lineages"),
        why=_literal(Doubt.RESTORED.value),
        at=_literal(at.isoformat()),
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def _connected(url: URL) -> Iterator[Any]:
    """A connection of our own, for what the programs do not say."""
    import psycopg  # noqa: PLC0415 - the driver comes with the extra `postgresql`

    try:
        with psycopg.connect(**{"connect_timeout": 10, **_named(url)}, autocommit=True) as one:
            yield one
    except psycopg.Error as error:
        raise explain(error, url) from error


def _named(url: URL) -> dict[str, Any]:
    """How to connect, each thing under the name that PostgreSQL's library has for it."""
    _, named = url.get_dialect()().create_connect_args(url)
    return dict(named)


@contextmanager
def _service(url: URL, scratch: Path) -> Iterator[Mapping[str, str]]:
    """The environment of a program that is to connect as we do."""
    file = scratch / "service.conf"
    lines = [f"{name}={value}" for name, value in _named(url).items() if value not in (None, "")]
    file.touch(mode=0o600)
    file.write_text("\n".join([f"[{_SERVICE}]", *lines, ""]), encoding="utf-8")
    try:
        yield {**environ, "PGSERVICEFILE": str(file), "PGSERVICE": _SERVICE, "LC_MESSAGES": "C"}
    finally:
        file.unlink()


def _program(name: str, server: int) -> str:
    """Where a program is, on PATH; none that is older than the server can read it."""
    found = shutil.which(name)
    needed = server // 10_000
    if found is None:
        raise StoreUnavailable("database_program_missing", program=name, version=needed)
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"\d+", said)
    if version and int(version[0]) < needed:
        raise StoreUnavailable(
            "database_program_old", program=found, version=int(version[0]), needed=needed
        )
    return found


def _run(line: list[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(line, env=environment, capture_output=True, check=False)
    if done.returncode:
        raise _failed(Path(line[0]).name, done.stderr)


def _failed(program: str, said: bytes) -> StoreUnavailable:
    """The first thing that it complained of: the rest follows from that."""
    lines = said.decode(errors="replace").strip().splitlines() or ["no reason given"]
    reason = next((one for one in lines if "error" in one.lower()), lines[0])
    return StoreUnavailable("database_program_failed", program=program, reason=reason)
