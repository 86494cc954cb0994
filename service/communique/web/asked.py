"""What is asked of a page: a link's token, a form's fields, where it came from; all bounded."""

from __future__ import annotations

from fastapi import Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

AROUND = " \r\n\t.,;:!?/<>()[]{}'\"’”»*_"  # what mail programs take from around a link with it
LARGEST = 16 * 1024  # octets of a body; what is asked for fits in a hundred


def origin(request: Request) -> str:
    """The address that it came from."""
    return request.client.host if request.client else ""


def value(form: FormData, name: str) -> str:
    """A field; some programs end a body with a line break, which is none of its value."""
    return str(form.get(name, "")).strip()


async def form(
    request: Request, *, most: int = LARGEST, fields: int = 8, files: int = 0
) -> FormData:
    """The fields of a body in either of the forms that RFC 8058 §3.2 names; no files but so many.

    `most` octets in all, whatever they are of.
    """
    told = request.headers.get("Content-Length", "")
    if told.isdecimal() and int(told) > most:
        raise HTTPException(413)  # before any of it is read
    try:
        return await Request(request.scope, _bounded(request.receive, most)).form(
            max_files=files, max_fields=fields, max_part_size=most
        )
    except ClientDisconnect as error:
        raise HTTPException(400) from error


def _bounded(receive: Receive, most: int) -> Receive:
    """`receive`, up to so many octets of body."""
    left = most

    async def bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413)
        return message

    return bounded
