"""All settings in one frozen value: `WANGGE_*` variables, over one TOML file, over defaults.

Only this room reads the environment; the others get what they need as their own small values.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from grid.notices import seal
from grid.notices.addresses import target
from wangge.failures import BadSettings, Unavailable
from wangge.services.postgres import DATABASE, ROLE
from wangge.services.state import kept_password

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.fields import FieldInfo

_PREFIX = "WANGGE_"
_PROJECT = Path(__file__).resolve().parents[1]

_NAME = r"^[A-Za-z_][A-Za-z0-9_]{0,62}$"
_ADDRESSES = r"^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$"
_TOPIC = r"^[A-Za-z0-9._-]{0,100}$"
#: What a pattern wants, in words.
_RIGHT = {
    _NAME: "should be letters, digits and _, not beginning with a digit",
    _ADDRESSES: "should be host:port, or several with commas between",
    _TOPIC: "should be at most 100 letters, digits, dots, _ and -",
}


def _sent_to(url: str) -> str:
    target(url)  # raises BadAddress, a ValueError
    return url


def _sealing(secret: SecretStr) -> SecretStr:
    seal.read_secret(secret.get_secret_value())
    return secret


Port = Annotated[int, Field(ge=1, le=65535)]
Name = Annotated[str, StringConstraints(pattern=_NAME)]
Addresses = Annotated[str, StringConstraints(pattern=_ADDRESSES)]
Url = Annotated[str, AfterValidator(_sent_to)]
Secret = Annotated[SecretStr, AfterValidator(_sealing)]
Topic = Annotated[str, StringConstraints(pattern=_TOPIC)]


def _default_home() -> Path:
    # In a checkout the state lies beside it, whatever folder a command is called from.
    return (_PROJECT if (_PROJECT / "pyproject.toml").exists() else Path.cwd()) / ".wangge"


class Settings(BaseSettings):
    """What can be set; the descriptions are the reference's text (docs/reference/settings.md)."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, frozen=True, extra="forbid", validate_default=True
    )

    home: Path = Field(
        default_factory=_default_home,
        description="Folder with data, logs, pid files and passwords of local services",
    )
    services: Literal["auto", "docker", "native"] = Field(
        default="auto",
        description="How local services are started; auto: Docker where an engine answers",
    )
    kafka_port: Port = Field(default=19092, description="Port of the local Kafka on 127.0.0.1")
    postgres_port: Port = Field(
        default=15432, description="Port of the local PostgreSQL on 127.0.0.1"
    )
    other_kafka: Addresses | None = Field(
        default=None,
        validation_alias=AliasChoices("WANGGE_KAFKA", "kafka"),
        description="host:port[,host:port] of a Kafka to use instead of the local one",
    )
    other_database: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("WANGGE_DATABASE_URL", "database_url"),
        description="postgresql:// URL of a database to use instead of the local one",
    )
    schema_name: Name = Field(
        default="wangge", description="Schema in the database that holds the tables"
    )
    topic_prefix: Topic = Field(
        default="", description="Put before the name of each topic and group"
    )
    partitions: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=12, description="Partitions of new topics; the most workers that can share the work"
    )
    replication: Annotated[int, Field(ge=1, le=9)] = Field(
        default=1, description="Copies of each new topic; 3 where there are three brokers"
    )
    group: Topic = Field(default="wangge-worker", description="Consumer group of the workers")
    batch_max: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=500, description="Most reports in one batch"
    )
    batch_within_s: Annotated[float, Field(gt=0, le=10)] = Field(
        default=0.1, description="Seconds that a batch waits to fill"
    )
    api_host: str = Field(default="127.0.0.1", description="Address that the API listens on")
    api_port: Port = Field(default=8000, description="Port that the API listens on")
    workers: Annotated[int, Field(ge=0, le=64)] = Field(
        default=1, description="Worker processes that `wangge up` keeps running"
    )
    clerks: Annotated[int, Field(ge=0, le=16)] = Field(
        default=1, description="Clerk processes that `wangge up` keeps running"
    )
    policy: Literal["default", "with-street"] = Field(
        default="default", description="Shipped policy that holds until one is published"
    )
    layout: Literal["weifang", "none"] = Field(
        default="weifang", description="Layout of cells that `wangge setup` loads into an empty one"
    )
    private_receivers: bool = Field(
        default=False,
        description="`true`: webhooks may lead to addresses inside a private network",
    )
    sms_url: Url | None = Field(
        default=None, description="Gateway that takes text messages; none: none are sent"
    )
    sms_secret: Secret | None = Field(
        default=None, description="Seals what that gateway gets: `whsec_` and base64"
    )
    messenger_url: Url | None = Field(
        default=None, description="Gateway of the government's messenger; none: it gets nothing"
    )
    messenger_secret: Secret | None = Field(
        default=None, description="Seals what that gateway gets: `whsec_` and base64"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severity that processes write to their logs"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the base class asks for it
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the file."""
        file = _file()
        sources = (init_settings, env_settings)
        return sources if file is None else (*sources, TomlConfigSettingsSource(settings_cls, file))

    @property
    def worker_group(self) -> str:
        """The consumer group of the workers, under the topics' prefix."""
        return f"{self.topic_prefix}{self.group}"

    @property
    def kafka(self) -> str:
        """Kafka's addresses: the ones that were set, else the local one."""
        return self.other_kafka or f"127.0.0.1:{self.kafka_port}"

    @property
    def database_url(self) -> str:
        """The database's URL with its password: the one that was set, else the local one.

        Raises Unavailable where none was set and no local server was ever started.
        """
        if self.other_database is not None:
            return self.other_database.get_secret_value()
        secret = kept_password(self.home, ROLE)
        if secret is None:
            raise Unavailable(
                "There is no database yet: `wangge services up` starts one,"
                " or WANGGE_DATABASE_URL names one."
            )
        return f"postgresql://{ROLE}:{secret}@127.0.0.1:{self.postgres_port}/{DATABASE}"

    @classmethod
    def variables(cls) -> dict[str, str]:
        """Field → the environment's variable for it; without its prefix, the file's key."""
        return {name: _variable(name, field) for name, field in cls.model_fields.items()}


def _variable(name: str, field: FieldInfo) -> str:
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return str(alias.choices[0])
    return f"{_PREFIX}{name.upper()}"


def load_settings() -> Settings:
    """The settings of this start. Raises BadSettings, which names every wrong one."""
    _reject_unknown(os.environ)
    try:
        settings = Settings()
    except ValidationError as error:
        raise BadSettings("\n".join(_sentences(error))) from None
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{_file()} is not valid TOML: {error}") from None
    return settings.model_copy(update={"home": settings.home.expanduser().absolute()})


def _file() -> Path | None:
    named = os.environ.get("WANGGE_CONFIG")
    if named is None:
        usual = Path("wangge.toml")
        return usual if usual.is_file() else None
    if not Path(named).is_file():
        raise BadSettings(f"WANGGE_CONFIG={named!r} is wrong: there is no such file.")
    return Path(named)


def _reject_unknown(environment: Mapping[str, str]) -> None:
    """A mistyped name must not be passed over in silence."""
    known = {*Settings.variables().values(), "WANGGE_CONFIG"}
    for name in environment:
        if name.startswith(_PREFIX) and not name.startswith("WANGGE_TEST_") and name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=1)
            meant = f"; is {near[0]} meant?" if near else ""
            raise BadSettings(f"{name} is no setting of wangge{meant}")


def _sentences(error: ValidationError) -> list[str]:
    """Each wrong setting: its name as the user wrote it, its value and what would be right."""
    told = []
    for fault in error.errors():
        where = str(fault["loc"][0]) if fault["loc"] else "settings"
        variable = where if where.startswith(_PREFIX) else f"{_PREFIX}{where.upper()}"
        name = variable if variable in os.environ else f"{where} (in {_file()})"
        if fault["type"] == "extra_forbidden":
            told.append(f"{name} is no setting of wangge")
            continue
        value = "(kept secret)" if variable in _secrets() else repr(fault["input"])
        pattern = fault.get("ctx", {}).get("pattern", "")
        right = _RIGHT.get(pattern) or fault["msg"]
        for beginning in ("Input ", "String ", "Value error, "):
            right = right.removeprefix(beginning)
        told.append(f"{name} = {value} is wrong: {right}")
    return told


def _secrets() -> set[str]:
    """The variables whose values are never shown."""
    variables = Settings.variables()
    return {
        variables[name]
        for name, field in Settings.model_fields.items()
        if "SecretStr" in str(field.annotation)
    }
