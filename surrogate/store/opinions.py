"""Opinions: what people think of a sweet spot, kept with who and when; the last one holds.

A spot has no name that outlives a refit, so an opinion is held of a place: it belongs to whatever
spot its point lies in.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import insert, select

from surrogate.space import Point
from surrogate.store import schema
from surrogate.store.database import Database
from surrogate.store.statements import campaign_key, campaign_stamp


class Judgement(StrEnum):
    """Whether a design means this spot to be there."""

    INTENDED = "intended"
    EXPLOIT = "exploit"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Opinion:
    """What somebody thinks of the spot around `point`, above (or below) `level`.

    `at` is in seconds since 1970 UTC.
    """

    point: Point
    level: float
    above: bool
    judgement: Judgement
    comment: str
    who: str
    at: float


@dataclass(frozen=True)
class Opinions:
    """The opinions in a ledger. May be used from any thread."""

    base: Database

    def add(self, campaign: str, opinion: Opinion) -> None:
        """Append an opinion; raises `UnknownName` for a campaign that is not there."""
        row = {
            **vars(opinion),
            "point": dict(opinion.point),
            "judgement": opinion.judgement.value,
        }
        with self.base.write() as connection:
            stamp = campaign_stamp(connection, campaign)
            connection.execute(insert(schema.opinions), {**stamp, **row})

    def of(self, campaign: str) -> tuple[Opinion, ...]:
        """All opinions of a campaign's spots, in order of writing."""
        table = schema.opinions
        with self.base.read() as connection:
            mine = table.c.campaign == campaign_key(connection, campaign)
            rows = connection.execute(select(table).where(mine).order_by(table.c.id)).mappings()
            return tuple(
                Opinion(
                    point=row["point"],
                    level=row["level"],
                    above=row["above"],
                    judgement=Judgement(row["judgement"]),
                    comment=row["comment"],
                    who=row["who"],
                    at=row["at"],
                )
                for row in rows
            )
