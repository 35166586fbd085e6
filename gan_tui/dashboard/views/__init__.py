"""The six views of a run, one a file. `commands.VIEW_MEANINGS` has their titles, in the order of their keys."""

from gan_tui.dashboard.commands import VIEW_MEANINGS
from gan_tui.dashboard.views.view import View
from gan_tui.spec.tasks import Task


def view_class(title: str, task: Task) -> type[View]:
    """The view of that title of a run that is about `task`, imported when it is first asked for: nobody waits for six to see one."""
    match title:
        case "samples":
            from gan_tui.dashboard.views.samples import SamplesView

            return SamplesView
        case "charts":
            from gan_tui.dashboard.views.charts import ChartsView

            return ChartsView
        case "quality" if task.picture:
            from gan_tui.dashboard.views.distances import DistancesView

            return DistancesView
        case "quality":
            from gan_tui.dashboard.views.quality import QualityView

            return QualityView
        case "system":
            from gan_tui.dashboard.views.system import SystemView

            return SystemView
        case "log":
            from gan_tui.dashboard.views.log import LogView

            return LogView
        case _:
            from gan_tui.dashboard.views.overview import Overview

            return Overview


def import_all(task: Task) -> None:
    """All of them, while nobody waits: a screen stays open for days, and another version may be installed before a view is opened."""
    for title in VIEW_MEANINGS:
        view_class(title, task)
