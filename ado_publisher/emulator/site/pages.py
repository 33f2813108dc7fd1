"""From a path outside of `_apis` to its page; the service's own addresses lead where people expect."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ado_publisher.emulator.errors import ApiError, NotEmulatedError
from ado_publisher.emulator.site import files, frame, links, plan, point, project, result, run
from ado_publisher.emulator.web import Answer, Request

Page = Callable[[Request], Answer]

# path below the project, in lower case -> the page, or a choice by the query
_PAGES: dict[str, Page] = {
    "": project.page,
    "_testplans": plan.page,
    "_testplans/mine": plan.page,
    "_testplans/all": plan.page,
    "_testplans/define": plan.page,
    "_testplans/execute": plan.page,
    "_testplans/charts": plan.page,
    "_testplans/runs": run.page,
    "_testplans/_results": point.page,
    "_testmanagement": plan.page,
    "_testmanagement/runs": run.page,
    "_testmanagement/attachments": files.content,
    "_build": links.builds,
    "_build/index": links.builds,
    "_build/results": links.build,
    "_release": links.release,
    "_releaseprogress": links.release,
}


def page(request: Request, scope: Sequence[str]) -> Answer:
    """Return the page of a path; raises NotEmulatedError where none stands."""
    steps = [step.lower() for step in scope]
    try:
        if not steps:
            return project.home(request)
        if steps[:2] == ["_workitems", "edit"] and len(steps) == 3:
            return links.work_item(request, scope[2])
        if steps[1:3] == ["_workitems", "edit"] and len(steps) == 4:
            request.project()
            return links.work_item(request, scope[3])
        found = _PAGES.get("/".join(steps[1:]))
        if found is None:
            raise NotEmulatedError
        request.project()
        if found is run.page and request.query.get("resultid"):
            return result.page(request)
        return found(request)
    except ApiError as error:
        title = "Not found" if error.status == 404 else "Not understood"
        return frame.answer(request, title, f"<p>{frame.first_line(error.message)}</p>", status=error.status)
