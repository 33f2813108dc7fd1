"""Why a result reached its test points, or what came close and why not. Pure.

`Explainer` tells of one result after the other, `mapping` makes a report of all.
"""

from __future__ import annotations

from ado_publisher.explaining.content import Asked, CaseTold, Explanation, Part, PointTold
from ado_publisher.explaining.explainer import SEARCHES, Explainer, explain

__all__ = ["SEARCHES", "Asked", "CaseTold", "Explainer", "Explanation", "Part", "PointTold", "explain"]
