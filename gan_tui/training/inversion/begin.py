"""What a search in latents begins with: the generator, the pictures, and what they are compared with."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gan_tui.byte_paths import to_path
from gan_tui.config import InversionConfig, RunConfig
from gan_tui.data import registry
from gan_tui.data.dataset import Dataset
from gan_tui.errors import DamagedError, SettingsError, UserError
from gan_tui.files import write_atomic
from gan_tui.inversion.search import Generator, Plan, Search
from gan_tui.inversion.views import Shape
from gan_tui.pixel_range import from_bytes, to_unit
from gan_tui.run.directory import RunDirectory
from gan_tui.run.images import encode_npy, read_npy
from gan_tui.training import build, checkpoint, sampling
from gan_tui.training.found import Found
from gan_tui.training.grids import to_images
from gan_tui.training.inversion import original, sources
from gan_tui.training.inversion.loop import InversionLoop
from gan_tui.training.inversion.problem import Problem, references_of
from gan_tui.training.optimisation.begin import Prepared, begin
from gan_tui.training.restore import restore_weights
from gan_tui.training.stop import StopRequest


def invert(run: RunDirectory, stop: StopRequest, found: Found) -> None:
    """Do the search of `run`, or go on with it. Raises UserError and OSError."""

    def prepare(settings: InversionConfig, device: torch.device) -> Prepared:
        shape = registry.spec_of(settings.data).shape
        generator = _generator(run, settings, device)
        problem, notes = _problem(run, settings, shape, device)
        search = Search(generator, problem.view, problem.seen, plan_of(settings))
        return Prepared(
            search,
            lambda writer: InversionLoop(run, settings, writer, stop, search, problem, shape),
            _largest_checkpoint(settings, problem),
            notes=notes,
        )

    begin(run, run.settings_of(InversionConfig), stop, found, "search in latents", prepare, _smaller)


def _smaller(settings: InversionConfig) -> str:
    search = settings.search
    return f"say --set search.group={max(1, search.group // 2)} or fewer --starts than {search.starts}"


def _largest_checkpoint(settings: InversionConfig, problem: Problem) -> int:
    """Bytes: latents, the best of them and Adam's moments of a group, and what is done."""
    starts = max(settings.search.starts, 2 * 64)
    return (1 << 20) + 8 * settings.search.group * starts * (4 * settings.model.latent_dim + 8) + 8 * problem.seen_as.numel()


def plan_of(settings: InversionConfig) -> Plan:
    """What the settings say of the search."""
    said = settings.search
    return Plan(said.steps, said.starts, said.pool, said.group, said.rate, said.prior, said.blend, said.seed)


def _generator(run: RunDirectory, settings: InversionConfig, device: torch.device) -> Generator:
    """The copy in the run's folder; where there is none yet, the newest of the run that was named is copied, which may be training now."""
    weights = checkpoint.read_weights(run.generator, build.checkpoint_bytes(_trained(settings)))
    if weights is not None:
        network = build.make_generator(_trained(settings))
        restore_weights(run.generator.name, weights, network)
    elif run.has_checkpoint:
        raise DamagedError(f"{run.generator} is gone, and {run.name} cannot go on without: start a new search")
    else:
        network = _copied(run, settings)
    network.to(device).eval().requires_grad_(False)
    classes = registry.spec_of(settings.data).classes if settings.model.conditional else 0
    return Generator(network, settings.model.latent_dim, classes)


def _trained(settings: InversionConfig) -> RunConfig:
    """As much of the settings of the generator's run as its network and its data are made of."""
    return RunConfig(model=settings.model, data=settings.data)


def _copied(run: RunDirectory, settings: InversionConfig) -> nn.Module:
    theirs = RunDirectory(to_path(settings.pictures.generator))
    try:
        _, network = sampling.load_generator(theirs)
    except UserError as error:
        raise SettingsError(str(error)) from None
    checkpoint.write_weights(run.generator, network)
    return network


class _Named(NamedTuple):
    """Pictures, and what belongs to them."""

    pictures: Tensor
    names: tuple[str, ...]
    hole: Tensor | None
    labels: Tensor | None


def _problem(run: RunDirectory, settings: InversionConfig, shape: Shape, device: torch.device) -> tuple[Problem, list[str]]:
    """The pictures and all that they are compared with; and lines about them."""
    data, notes = _data(settings)
    named = _saved_pictures(run, settings, shape, data) if run.targets.is_file() else _new_pictures(run, settings, shape, data, notes)
    view, seen, truth = sources.view_of(settings, shape, named.pictures, named.hole)
    references = references_of(view, seen, None if data is None else data.flat)
    return Problem(
        settings.pictures.purpose,
        view,
        seen.to(device),
        sources.shown_as(view, seen, shape).to(device),
        None if truth is None else truth.to(device),
        {name: pictures.to(device) for name, pictures in references.items()},
        named.names,
        named.labels,
        bool(settings.pictures.held_out),
    ), notes


def _data(settings: InversionConfig) -> tuple[Dataset | None, list[str]]:
    """What the generator has learned from; None, and why, where it cannot be had and the search can do without."""
    try:
        return registry.load(settings.data), []
    except UserError as error:
        if settings.pictures.held_out:
            raise SettingsError(str(error)) from None
        return None, [f"no comparison with the training images: {error}"]


def _new_pictures(run: RunDirectory, settings: InversionConfig, shape: Shape, data: Dataset | None, notes: list[str]) -> _Named:
    labels = None
    if settings.pictures.held_out and data is not None:
        targets, order = sources.held_out(data, settings.pictures.held_out, settings.search.seed)
        labels = None if data.test_labels is None else data.test_labels[order]
    else:
        targets = sources.read_files(settings, shape)
    notes += targets.notes
    hole = sources.hole_of(settings, shape, targets.sizes) if settings.pictures.purpose == "repair" else None
    sources.view_of(settings, shape, targets.pictures[:1], hole)  # what is wrong is said before anything is written
    if hole is not None:
        notes += sources.hole_notes(hole)
        write_atomic(run.mask, encode_npy(to_images(hole[None, None].float())))
    if data is not None and not settings.pictures.held_out:
        notes += sources.inverted_notes(targets, data.images)
    notes += original.keep(run, settings, shape)
    write_atomic(run.targets, encode_npy(to_images(to_unit(targets.pictures))))
    return _Named(targets.pictures, targets.names, hole, labels)


def _saved_pictures(run: RunDirectory, settings: InversionConfig, shape: Shape, data: Dataset | None) -> _Named:
    """The copies in the run's folder. Raises DamagedError."""
    images, mask = sources.read_saved(run.targets, shape), read_npy(run.mask)
    if mask is not None and (mask.count, mask.height, mask.width, mask.channels) != (1, *shape[1:], 1):
        mask = None  # not one of ours
    if images is None or (mask is None) == (settings.pictures.purpose == "repair"):
        raise DamagedError(f"{run.targets if images is None else run.mask} is gone or torn: {run.name} cannot go on, start a new search")
    pictures = from_bytes(images.pixels, images.height, images.width, images.channels)
    hole = None
    if mask is not None:
        hole = from_bytes(mask.pixels, mask.height, mask.width, 1)[0, 0] > 0
    names: Sequence[str] = [f"picture {number}" for number in range(1, images.count + 1)]
    labels = None
    if settings.pictures.held_out and data is not None:
        targets, order = sources.held_out(data, settings.pictures.held_out, settings.search.seed)
        if torch.equal(targets.pictures, pictures):
            names, labels = targets.names, None if data.test_labels is None else data.test_labels[order]
    return _Named(pictures, tuple(names), hole, labels)
