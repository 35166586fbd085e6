"""The six views of a run, one a file, in the order of their keys."""

from gan_tui.dashboard.views.charts import ChartsView
from gan_tui.dashboard.views.distances import DistancesView
from gan_tui.dashboard.views.log import LogView
from gan_tui.dashboard.views.overview import Overview
from gan_tui.dashboard.views.quality import QualityView
from gan_tui.dashboard.views.samples import SamplesView
from gan_tui.dashboard.views.system import SystemView
from gan_tui.dashboard.views.view import View
from gan_tui.spec.tasks import Task

VIEWS: tuple[type[View], ...] = (Overview, SamplesView, ChartsView, QualityView, SystemView, LogView)
"""Behind the keys 1 to 6."""


def views_of(task: Task) -> tuple[type[View], ...]:
    """The views of a run that is about `task`."""
    return tuple(DistancesView if task.picture and kind is QualityView else kind for kind in VIEWS)


__all__ = ["VIEWS", "ChartsView", "LogView", "Overview", "QualityView", "SamplesView", "SystemView", "View", "views_of"]
