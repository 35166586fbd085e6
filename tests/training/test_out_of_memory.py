"""Memory that does not suffice, at each place where it can: one line with figures, and nothing is lost that was saved."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from gan_tui import config
from gan_tui.cli import main
from gan_tui.config import RunConfig
from gan_tui.data import registry
from gan_tui.data.dataset import Dataset
from gan_tui.errors import SettingsError
from gan_tui.health.diagnosis import Health
from gan_tui.run import directory, events, mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.training import build, checkpoint, pictures, sampling, scoring
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.evaluation import FIRST_AT_LATEST, SHORT_SECONDS, EvaluationScheduler
from gan_tui.training.main import train
from gan_tui.training.out_of_memory import Memory, Spare, batch_that_fits, is_out_of_memory, memory_of
from gan_tui.training.rank_zero import explain_failure
from gan_tui.training.scoring import CHUNK
from gan_tui.training.session import Session
from tests.conftest import events_of
from tests.data.test_image_folder import fill
from tests.training.fake_gpus import GIB, FakeGpus, install
from tests.training.quick import give_few_digits

CPU, GPU = torch.device("cpu"), torch.device("cuda", 0)
TORCHS = "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 79.11 GiB of which 1.20 GiB is free. Including ..."
TEXTS = [
    TORCHS,
    "CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported at some other API call",
    "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
    "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
    "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
    "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED",
    "cusolver error: CUSOLVER_STATUS_ALLOC_FAILED, when calling `cusolverDnCreate(handle)`",
    "NCCL error: unhandled cuda error, Cuda failure 2 'out of memory'",
    "MPS backend out of memory (MPS allocated: 17.00 GB, other allocations: 1.00 GB, max allowed: 18.13 GB).",
    "[enforce fail at alloc_cpu.cpp:127] data. DefaultCPUAllocator: can't allocate memory: you tried to allocate 4000000000 bytes. "
    "Error code 12 (Cannot allocate memory)",
    "[enforce fail at alloc_cpu.cpp:81] data. DefaultCPUAllocator: not enough memory: you tried to allocate 64 bytes.",
    "std::bad_alloc",
    "upsample_bilinear2d_nhwc only supports output tensors with less than INT_MAX elements, but got [55000, 64, 28, 28]",
]


@pytest.mark.parametrize("text", TEXTS)
def test_all_forms_are_known(text: str) -> None:
    assert is_out_of_memory(RuntimeError(text))


def test_other_forms_and_other_errors() -> None:
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(torch.cuda.OutOfMemoryError("whatever it says"))
    for text in ("CUDA error: device-side assert triggered", "mat1 and mat2 shapes cannot be multiplied", "Connection closed by peer", ""):
        assert not is_out_of_memory(RuntimeError(text))


def test_a_capture_that_fails_hides_the_reason_in_its_context() -> None:
    def capture(reason: Exception, *, from_it: bool) -> RuntimeError:
        try:
            try:
                raise reason
            except Exception as first:
                second = RuntimeError("CUDA error: operation failed due to a previous error during capture")
                raise second from (first if from_it else None)
        except RuntimeError as error:
            return error

    for from_it in (True, False):
        assert is_out_of_memory(capture(torch.cuda.OutOfMemoryError(TORCHS), from_it=from_it))
        assert not is_out_of_memory(capture(ValueError("a stale stream"), from_it=from_it))


def test_a_library_that_does_not_begin_is_short_of_memory_where_there_is_little(monkeypatch: pytest.MonkeyPatch) -> None:
    error = RuntimeError("CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`")
    gpus = install(monkeypatch, FakeGpus(free=GIB // 4))
    assert is_out_of_memory(error, GPU)
    gpus.free = 8 * GIB
    assert not is_out_of_memory(error, GPU)


def test_the_batch_that_fits() -> None:
    roomy = Memory(free=8 * GIB, total=80 * GIB, held=10 * GIB, most=10 * GIB)
    assert batch_that_fits(512, 1, 0, roomy, 10 * GIB) == 256, "half at most: the step might have wanted more"
    tight = Memory(free=GIB, total=80 * GIB, held=10 * GIB, most=10 * GIB)
    assert batch_that_fits(512, 1, 0, tight, 40 * GIB) == 88, "0.8 x 512 x 11/50, in eights"
    assert batch_that_fits(512, 3, 0, tight, 40 * GIB) == 72
    assert batch_that_fits(6, 1, 0, tight, 40 * GIB) == 1
    assert batch_that_fits(512, 1, 16 * GIB, tight, 40 * GIB) == 0, "the weights alone leave no room"
    assert batch_that_fits(100, 1, 0, Memory(free=GIB, total=GIB), 0) == 48, "where nobody knows what a step takes"


@pytest.fixture(autouse=True)
def few_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    give_few_digits(monkeypatch)


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return directory.create(tmp_path, run_settings(), "short")


def run_settings(**tables: dict[str, object]) -> RunConfig:
    given: list[dict[str, Any]] = [
        {"model": {"hidden": 16}},
        {"train": {"epochs": 1, "batch_size": 75, "threads": 1, "device": "cpu", "engine": "eager"}},
        {"evaluation": {"budget": 0, "samples": 100}, "samples": {"count": 4}},
    ]
    return config.resolve(tables=[*given, tables])


def test_a_step_says_what_was_wanted_what_is_free_and_what_would_fit(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FakeGpus(free=int(1.2 * GIB)))
    monkeypatch.setattr(build, "device_in_use", lambda _: GPU)
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _: 4 * GIB)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda _: 4 * GIB)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda _: 4 * GIB)
    for ranks in (Ranks(), Ranks(0, 2)):
        said = explain_failure(torch.cuda.OutOfMemoryError(TORCHS), run, run_settings(train={"batch_size": 3000}), ranks)
        assert said is not None
        assert said.startswith(
            "out of memory on cuda:0 (2.7 GB more were wanted, 1.3 GB of 85.9 GB are free, this run holds 4.3 GB): "
            "--batch-size 1496 is estimated to fit (now 3000); or lower model.hidden (now 16)"
        ) or (ranks.count == 2 and "--batch-size 1488 is" in said)
        assert "rank" not in said
        assert "\n" not in said


def test_of_another_error_nothing_is_made_up(run: RunDirectory) -> None:
    assert explain_failure(RuntimeError("shapes cannot be multiplied"), run, run_settings(), Ranks()) is None
    assert explain_failure(RuntimeError("shapes cannot be multiplied"), run, run_settings(), Ranks(0, 2)) is None, "nor with several ranks"


def full(text: str = TORCHS) -> Callable[..., Any]:
    def raising(*_: object, **__: object) -> None:
        raise torch.cuda.OutOfMemoryError(text)

    return raising


def test_images_that_do_not_fit_are_not_told_to_lower_the_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FakeGpus(free=GIB))
    monkeypatch.setattr(Dataset, "to", full())
    fill(tmp_path / "images", 88)
    for dataset, words in ((f"folder:{tmp_path / 'images'}", "take a part of the folder"), ("mnist", "use another --device")):
        settings = config.resolve(tables=[{"data": {"dataset": dataset}}])
        with pytest.raises(
            SettingsError, match=r"out of memory: the images of .* need \d+ MB on cuda:0, where 1\.1 GB of 85\.9 GB"
        ) as raised:
            build.load_data(settings, GPU)
        assert words in str(raised.value)
        assert "batch" not in str(raised.value)
    monkeypatch.setattr(registry, "load", full("std::bad_alloc"))
    with pytest.raises(SettingsError, match="out of memory: the images of mnist are too many"):
        build.load_data(config.resolve(), CPU)


def test_networks_are_held_against_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = config.resolve(tables=[{"model": {"hidden": 8192}}])
    needed = 16 * build.count_parameters(settings)
    install(monkeypatch, FakeGpus(free=needed // 2))
    with pytest.raises(SettingsError, match=r"need 2\.4 GB for their weights and Adam, and cuda:0 has 1\.2 GB free: lower model\.hidden"):
        build.make_gan(settings, GPU)
    monkeypatch.setattr(build, "begin_state", full("CUDA error: out of memory"))
    with pytest.raises(SettingsError, match=r"out of memory: the networks need .* are free on cpu: lower model\.hidden \(now 256\)"):
        build.make_gan(config.resolve(), CPU)


def notes_of(run: RunDirectory) -> list[str]:
    return [event.text for event in events_of(run, events.Note) if isinstance(event, events.Note)]


def outcome_of(run: RunDirectory) -> str:
    finished = events_of(run, events.Finished)[-1]
    assert isinstance(finished, events.Finished)
    return finished.outcome


def test_a_step_without_memory_ends_the_run_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = directory.create(tmp_path, run_settings(checkpoints={"every_steps": 5}), "short")
    advance = Session.advance
    monkeypatch.setattr(Session, "advance", lambda session, *most: full()() if session.progress.step == 12 else advance(session, *most))
    assert train(run) == 1
    (error,) = events_of(run, events.Error)
    assert isinstance(error, events.Error)
    assert error.text.startswith("out of memory on cpu (2.7 GB more were wanted, ")
    assert re.search(rf"`gan-tui resume {re.escape(run.cli_name)}`.* 10\b", error.text)
    assert "Traceback" not in capsys.readouterr().err
    monkeypatch.setattr(Session, "advance", advance)
    assert train(run) == 0
    assert outcome_of(run) == "completed"


@pytest.mark.parametrize(
    ("place", "what"),
    [
        ((pictures, "_scores"), "the preview"),
        ((pictures, "grid_png"), "the samples"),
        ((scoring, "held_out_gap"), "an evaluation"),
    ],
    ids=["preview", "samples", "evaluation"],
)
def test_what_training_can_go_on_without_is_left_out(
    place: tuple[object, str], what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = directory.create(tmp_path, run_settings(evaluation={"budget": 0.5}, train={"epochs": 2}), "short")
    real = pictures.Pictures.write_real
    monkeypatch.setattr(pictures.Pictures, "write_real", lambda self, images: (real(self, images), monkeypatch.setattr(*place, full()))[0])
    assert train(run) == 0
    said = [text for text in notes_of(run) if f"for {what} " in text]
    assert len(said) == 1, "once, however often it is left out"
    assert said[0].startswith(f"no memory on cpu for {what} (2.7 GB more were wanted, ")
    assert said[0] in capsys.readouterr().err
    assert outcome_of(run) == "completed"
    assert run.generator.exists()


def test_a_checkpoint_now_and_then_is_left_out_and_the_last_one_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = directory.create(tmp_path, run_settings(checkpoints={"every_steps": 5}), "short")
    save, saves = checkpoint.save, []

    def sometimes(run: RunDirectory, settings: RunConfig, gan: Any, latents: Any, progress: Any, name: str | None = None) -> Path:
        saves.append(progress.step)
        if progress.step in failing:
            raise MemoryError
        return save(run, settings, gan, latents, progress, name)

    monkeypatch.setattr(checkpoint, "save", sometimes)
    failing = {10, 15}
    assert train(run) == 0
    assert saves == [5, 10, 15, 20]
    assert [step for step, _ in checkpoint.list_newest_first(run)] == [20, 5]
    assert sum("for a checkpoint" in text for text in notes_of(run)) == 1
    other = directory.create(tmp_path, run_settings(), "last")
    failing = {20}
    assert train(other) == 1
    (error,) = events_of(other, events.Error)
    assert isinstance(error, events.Error)
    assert error.text.startswith("out of memory on cpu")


def test_what_a_person_asked_for_and_did_not_get_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = directory.create(tmp_path, run_settings(evaluation={"budget": 0.5}), "asked")
    monkeypatch.setattr(scoring, "held_out_gap", full())
    real = pictures.Pictures.write_real

    def ask(self: pictures.Pictures, images: torch.Tensor) -> None:
        real(self, images)
        mailbox.send(run.control, "evaluate")

    monkeypatch.setattr(pictures.Pictures, "write_real", ask)
    assert train(run) == 0
    (answer,) = events_of(run, events.Answer)
    assert isinstance(answer, events.Answer)
    assert not answer.ok
    assert "memory" in answer.text


@pytest.mark.parametrize("raised", [MemoryError(), RuntimeError(TEXTS[-3])])
def test_a_command_that_draws_images_says_it_in_one_line(
    raised: Exception, run: RunDirectory, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_memory(*_: object) -> None:
        raise raised

    monkeypatch.setattr(sampling, "sample", no_memory)
    monkeypatch.setattr(sys, "argv", ["gan-tui", "sample", str(run.path), "-n", "100000", "--npy", "images.npy"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert re.fullmatch(r"gan-tui: .*\(-n, --samples\).*\n", capsys.readouterr().err)


def test_an_evaluation_without_memory_comes_later_and_in_smaller_pieces() -> None:
    images = torch.randint(0, 256, (300, 1, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    settings = run_settings(evaluation={"budget": 0.5})
    data = Dataset("mnist", images, images[:100])
    evaluations = EvaluationScheduler(settings, data)
    assert evaluations.due(FIRST_AT_LATEST, 0.0)
    evaluations.put_off(FIRST_AT_LATEST)
    assert not evaluations.due(FIRST_AT_LATEST + SHORT_SECONDS / 2, 0.0)
    assert evaluations.prepare(FIRST_AT_LATEST + SHORT_SECONDS / 2) == 0.0
    assert evaluations.due(FIRST_AT_LATEST + SHORT_SECONDS, 0.0)
    evaluations.prepare(FIRST_AT_LATEST + SHORT_SECONDS)
    session = Session(settings, CPU, data, None, Ranks())
    sizes = []
    session.gan.generator.register_forward_hook(lambda _network, inputs, _output: sizes.append(len(inputs[0])))
    evaluations.run(session, Health())
    assert max(sizes) <= CHUNK // 2


def test_the_words_are_said_again_after_it_has_worked() -> None:
    said: list[str] = []
    spare = Spare(CPU, said.append)
    assert not spare.attempt("the preview", full())
    assert not spare.attempt("the preview", full())
    assert spare.attempt("the preview", lambda: None)
    assert not spare.attempt("the preview", full())
    assert len(said) == 2
    with pytest.raises(RuntimeError, match="something else"):
        spare.attempt("the preview", _other)
    memory = memory_of(CPU)
    assert memory is not None
    assert 0 < memory.free <= memory.total


def _other() -> None:
    raise RuntimeError("something else")
