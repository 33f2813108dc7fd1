"""What will be written of the matches: results for points, results without one, what is known of failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ado_publisher.ado.http import AdoSession
from ado_publisher.ado.versions import CLOUD
from ado_publisher.drafts import ResultDraft
from ado_publisher.model import Match
from ado_publisher.publication import (
    CLOUD_MESSAGE_LIMIT,
    SERVER_MESSAGE_LIMIT,
    Aggregation,
    PointPlan,
    plan_points,
    plan_unplanned,
)
from ado_publisher.publish.drafting import Part, planned_parts, unplanned_parts
from ado_publisher.publish.files import AttachmentChooser
from ado_publisher.publish.redacting import RedactingChooser, redacted
from ado_publisher.publish.request import PublishRequest
from ado_publisher.publish.stepping import with_steps
from ado_publisher.publish.workitems.knowing import knower, with_known
from ado_publisher.redaction import Redactor


@dataclass(frozen=True, slots=True)
class Drafted:
    """The results for `points`, those without one (`loose`: the place of a match and its result), the bugs
    that are `known` by point; `chooser` knows what became of attachments, `notices` what a person should.
    """

    points: tuple[PointPlan, ...]
    known: Mapping[int, tuple[int, ...]]
    loose: tuple[tuple[int, ResultDraft], ...]
    parts: tuple[Part, ...]
    chooser: RedactingChooser
    notices: tuple[str, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with results, and with their attachments."""
        of_points = (f"test point {each.point.id}: {told}" for each in self.points for told in each.problems)
        return (*of_points, *self.chooser.problems)


def drafted(
    request: PublishRequest, session: AdoSession, matches: Sequence[Match], keep_out: Redactor
) -> Drafted:
    """The results as they will be written; nothing in them that `keep_out` hides. Raises ServiceError."""
    told = redacted(keep_out, matches)
    chooser = RedactingChooser(keep_out, AttachmentChooser(request.attachments))
    # After the first answer the session knows which server it speaks with.
    limit = CLOUD_MESSAGE_LIMIT if session.version == CLOUD else SERVER_MESSAGE_LIMIT
    aggregation = Aggregation(request.several, limit, request.rules.outcomes)
    # The rules look at what the reports say, not at what is left of it.
    said = {id(shown): match for shown, match in zip(told, matches, strict=True)}
    knows = knower(request)
    points, known = with_known(
        plan_points(told, aggregation, chooser.files_of),
        lambda group: knows([said[id(each)] for each in group]),
    )
    points, notices = with_steps(session, points) if request.steps else (points, [])
    loose = plan_unplanned(told, aggregation, chooser.files_of) if request.unmatched == "publish" else []
    parts = planned_parts(points) + unplanned_parts([(told[place].result, draft) for place, draft in loose])
    return Drafted(tuple(points), known, tuple(loose), tuple(parts), chooser, tuple(notices))
