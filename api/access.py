"""What every route asks first: whose key is it, may this role come in, is each parameter known."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict

from api.keys import challenges, key_of
from api.problems import Problem, invalid_parameter, unknown_parameter
from api.wiring import Wiring
from geo_data.rights import READERS, RowFilter, row_filter
from grid.principal import Principal, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any


class Parameters(BaseModel):
    """Query parameters of a route: what it does not name is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoParameters(Parameters):
    """For routes without any."""


Nothing = Annotated[NoParameters, Query()]

#: Parameters that take several values, `status=open,working` or `status=open&status=working`:
#: below `/v1` only, elsewhere they are columns that have one value.
LISTS = frozenset({"status", "level", "size", "light", "kind", "ask"})


# These are `async` and call each other instead of depending on each other: the framework runs
# plain functions in threads, and each level of dependencies costs a post a tenth of its time.
async def wiring(request: Request) -> Wiring:
    """What this process has opened."""
    found: Wiring = request.app.state.wiring
    return found


Wired = Annotated[Wiring, Depends(wiring)]


async def caller(request: Request) -> Principal:
    """Whose key the request carries. 401 without one that is in force."""
    known: Wiring = request.app.state.wiring
    header = request.headers.get("authorization")
    key = key_of(header, request.method)
    principal = await known.keys.principal(key) if key else None
    if principal is None:
        said = "no key came with the request" if key is None else "this key is not in force"
        raise Problem(
            "key-needed",
            f"{said}; send 'Authorization: Bearer wg_…' (wangge key add makes one)",
            headers={"WWW-Authenticate": challenges(header, request.method)},
        )
    return principal


Caller = Annotated[Principal, Depends(caller)]


def only(*roles: Role) -> Callable[[Request], Coroutine[Any, Any, Principal]]:
    """A dependency that lets these roles in; 403 for the others."""
    taken = frozenset(roles)

    async def let_in(request: Request) -> Principal:
        principal = await caller(request)
        if principal.role not in taken:
            listed = ", ".join(sorted(taken))
            raise Problem(
                "wrong-role",
                f"this is for the roles {listed}; this key has the role {principal.role}",
                f"仅限以下角色：{listed}；此密钥的角色为 {principal.role}",
            )
        return principal

    return let_in


Reader = Annotated[Principal, Depends(only(*READERS))]


async def rights(principal: Reader) -> RowFilter:
    """The rows that the caller sees."""
    return row_filter(principal)


Rights = Annotated[RowFilter, Depends(rights)]


def no_parameters(request: Request) -> None:
    """What `Nothing` says, without a model."""
    for name in request.query_params:
        raise unknown_parameter(name)


async def once(request: Request) -> None:
    """A parameter stands once, unless it takes a list: nobody knows which of two would hold."""
    given = request.query_params
    if len(given.multi_items()) == len(given):
        return
    lists = LISTS if request.url.path.startswith("/v1/") else frozenset()
    times = Counter(name for name, _ in given.multi_items())
    for name, count in times.items():
        if count > 1 and name not in lists:
            raise invalid_parameter(name[:100], "stands more than once")
