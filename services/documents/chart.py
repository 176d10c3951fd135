"""The results of what was written to many, as a picture for a meeting: how many it reached, how many answered what.

Refuses names: whoever stands before the picture sees numbers.
"""

from collections.abc import Mapping

from services.documents.drawing import draw


async def draw_results(chart: Mapping[str, object]) -> bytes | None:
    """The PNG of what `handlers.broadcast_progress.chart_of` put into words; None when it cannot be drawn."""
    return await draw("chart.typ", chart)
