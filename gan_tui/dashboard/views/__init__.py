"""The six views of a run, one a file, in the order of their keys."""

from gan_tui.dashboard.views.charts import ChartsView
from gan_tui.dashboard.views.log import LogView
from gan_tui.dashboard.views.overview import Overview
from gan_tui.dashboard.views.quality import QualityView
from gan_tui.dashboard.views.samples import SamplesView
from gan_tui.dashboard.views.system import SystemView
from gan_tui.dashboard.views.view import View

VIEWS: tuple[type[View], ...] = (Overview, SamplesView, ChartsView, QualityView, SystemView, LogView)
"""Behind the keys 1 to 6."""

__all__ = ["VIEWS", "ChartsView", "LogView", "Overview", "QualityView", "SamplesView", "SystemView", "View"]
