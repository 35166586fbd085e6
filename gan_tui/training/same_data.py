"""A run goes on with the data that it was trained on, or says that it does not."""

from gan_tui.config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.errors import UserError
from gan_tui.run.directory import RunDirectory
from gan_tui.training.checkpoint import Loaded


def check(run: RunDirectory, settings: RunConfig, loaded: Loaded | None, data: Dataset, *, changed_ok: bool) -> list[str]:
    """Lines on what has changed since the checkpoint; none where nothing has.

    Raises UserError where something has, and nobody said that this is well. Of a checkpoint that is older than digests, only the number
    of images is known.
    """
    if loaded is None or not loaded.step:
        return []
    difference = _difference(loaded, data)
    if not difference:
        return []
    if not changed_ok:
        epochs = settings.train.epochs
        more = f" --epochs {epochs}" if epochs != run.config().train.epochs else ""
        again = f"`gan-tui resume {run.word}{more} --data-changed ok`"
        raise UserError(f"{difference}: put them back, go on with what is there now, {again}, or start a new run")
    return [f"{difference}; going on with these, as --data-changed ok says: scores before step {loaded.step:,} are of the old ones"]


def _difference(loaded: Loaded, data: Dataset) -> str:
    images, digest, now = loaded.state.get("images", 0), loaded.state.get("data", ""), len(data.images)
    if images not in (0, now):
        return f"the run was trained on {images} images, and {data.name} has {now} now"
    if digest and data.digest and digest != data.digest:
        return f"the images of {data.name} are not those that the run was trained on (their names, sizes or contents are others)"
    return ""
