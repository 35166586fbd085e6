"""What is read from other programs' output, and what is not."""

import io
import json
import random
import time
from pathlib import Path
from typing import Any

import pytest

from gan_tui.errors import UserError
from gan_tui.foreign import names, patterns
from gan_tui.foreign.line import Line
from gan_tui.foreign.lines import HELD, LONGEST, Lines
from gan_tui.foreign.reader import MOST_NAMES, MOST_WATCHED, Reader
from gan_tui.foreign.report import read_log
from gan_tui.spec.metrics import METRICS

HERE = Path(__file__).parent
PRINTED = [json.loads(line) for line in (HERE / "printed.jsonl").read_text("utf-8").splitlines()]
"""Lines in the formats of well-known programs, retyped with invented figures, and all that is to be read from them."""
NOTHING = (HERE / "nothing.txt").read_text("utf-8").splitlines()
"""Lines without a measurement."""


def report(text: str | bytes, reader: Reader | None = None) -> dict[str, Any]:
    data = text if isinstance(text, bytes) else text.encode()
    return read_log(io.BytesIO(data), reader or Reader()).as_json()


def numbers(text: str | bytes, reader: Reader | None = None) -> dict[str, list[Any]]:
    return {metric["name"]: metric["values"] for metric in report(text, reader)["metrics"]}


@pytest.mark.parametrize("printed", PRINTED, ids=lambda printed: printed["program"])
def test_every_number_of_a_known_program_is_found_and_no_other(printed: dict[str, Any]) -> None:
    found = report("\n".join(printed["lines"]))
    assert {metric["name"]: metric["values"] for metric in found["metrics"]} == printed["numbers"]
    assert {name: value for name, value in found["progress"].items() if value is not None} == printed["progress"]


@pytest.mark.parametrize("line", NOTHING)
def test_nothing_is_invented(line: str) -> None:
    assert numbers(line) == {}
    assert numbers(f"{line}\n{line}\n") == {}


@pytest.mark.parametrize(
    ("ours", "printed"),
    [
        (
            "d_loss",
            "Loss_D lossD loss/D d_loss D_loss errD D/loss loss_d Discriminator_loss netD_loss critic_loss train/d_loss Loss/D/loss L(D)",
        ),
        ("g_loss", "L(G) Loss_G lossG loss/G g_loss G_loss errG G/loss loss_g Generator_loss gen_loss train_g_loss Loss/G/loss"),
        ("D(x)", "D(x) D_x real_score d_x"),
        ("D(G(z))", "D(G(z)) D_G_z D_G_z1 fake_score D(G(z1))"),
        ("penalty", "gp GP gradient_penalty grad_penalty"),
        ("d_grad", "grad_norm_D d_grad_norm"),
    ],
)
def test_a_name_of_ours_is_known_however_it_is_written(ours: str, printed: str) -> None:
    assert ours in METRICS
    assert {name: names.canonical(name) for name in printed.split()} == dict.fromkeys(printed.split(), ours)


@pytest.mark.parametrize(
    "name", ["val_d_loss", "d_loss_real", "errD_fake", "loss", "G_L1", "D_real", "fid", "D_lr", "d_steps", "accuracy", "loss_gp_weight"]
)
def test_what_is_only_like_a_name_of_ours_is_none(name: str) -> None:
    assert names.canonical(name) is None


def test_a_critics_scores_are_no_probabilities() -> None:
    found = report("step 1 D(x): 3.5\nstep 2 D(x): 0.5\n")
    assert [(metric["canonical"], metric["values"]) for metric in found["metrics"]] == [(None, [3.5, 0.5])]


@pytest.mark.parametrize("line", [f"step{' ' * 400}[", f"Epoch{' ' * 1600}x", f"{'step        [' * 150}", f"Epoch:\t{' ' * 900}("])
def test_blanks_cost_no_time(line: str) -> None:
    began = time.process_time()
    assert numbers(line) == {}
    assert time.process_time() - began < 2, "with each blank looked at it is minutes"


@pytest.mark.parametrize("line", [f"{'1' * LONGEST}[%|", "\u2501\u2501\u2501 " * (LONGEST // 4), f"|{'tensor(' * (LONGEST // 7)}"])
def test_a_long_line_costs_no_time(line: str) -> None:
    began = time.process_time()
    assert numbers(line) == {}
    assert time.process_time() - began < 2, "looked at whole, the first of them is minutes"


def test_a_line_counts_once_however_often_it_is_drawn() -> None:
    bar = "".join(f"\r{n}%|##| {n}/100 [00:01<00:01, 9.0it/s, loss={n / 100}]" for n in range(101))
    assert numbers(bar) == {"loss": [1.0]}


def test_a_name_that_nothing_speaks_for_is_read_from_its_first_line_once_it_changes() -> None:
    found = read_log(io.BytesIO(b"hello\nmystery: 0.5\nmystery: 0.5\nmystery: 0.25\n"), Reader())
    assert [(reading.line, reading.numbers) for reading in found.readings] == [(2, [("mystery", 0.5)]), (4, [("mystery", 0.25)])]
    constant = read_log(io.BytesIO(b"mystery: 0.5\n" * 3), Reader())
    assert not constant.readings
    assert any("mystery" in line and "--map" in line for line in constant.lines())


def test_options_are_not_measurements_although_some_are_called_like_them() -> None:
    text = "---------------- Options ---------------\n  l1_loss: 1.0\n  gan_mode: lsgan\n----------------- End ---------------\nloss: 0.5\n"
    assert numbers(text) == {"loss": [0.5]}


def test_map_and_pattern_say_the_rest() -> None:
    reader = Reader(
        patterns.renamed(["d_loss=Judge"]), patterns.compiled([r"^at (?P<global_step>\d+): g (?P<g_loss>\S+) x (?P<other>\S+)"])
    )
    found = report("Judge: 0.5\nat 300: g 1.5 x 2.5\n", reader)
    assert [(metric["name"], metric["canonical"], metric["values"]) for metric in found["metrics"]] == [
        ("Judge", "d_loss", [0.5]), ("g_loss", "g_loss", [1.5]), ("other", None, [2.5]),
    ]  # fmt: skip
    assert found["progress"]["global_step"] == 300
    named = Reader(patterns=patterns.compiled([r"(?P<name>\w+)~(?P<value>[\d.]+)"]))
    assert numbers("a~1.5 b~2\n", named) == {"a": [1.5], "b": [2.0]}


@pytest.mark.parametrize("wrong", ["(", "[0-9]+", "(?P<value>x)"])
def test_a_pattern_that_cannot_work_is_refused(wrong: str) -> None:
    with pytest.raises(UserError, match="--pattern"):
        patterns.compiled([wrong])


def test_a_map_without_two_sides_is_refused() -> None:
    with pytest.raises(UserError, match="OURS=PRINTED"):
        patterns.renamed(["d_loss"])


def test_the_last_line_of_a_traceback_is_the_error() -> None:
    reader = Reader()
    text = 'loss: 0.5\nTraceback (most recent call last):\n  File "a.py", line 3\n    x = 1 / 0\nZeroDivisionError: division by zero\n'
    assert numbers(text, reader) == {"loss": [0.5]}
    assert reader.trouble.error == "ZeroDivisionError: division by zero"


OF_RANK_1 = '[rank1]: Traceback (most recent call last):\n[rank1]:   File "a.py", line 3\n[rank1]: ValueError: no images\n'
OF_RANK_0 = (
    '[rank0]: Traceback (most recent call last):\n[rank0]:   File "a.py", line 3\n[rank0]: RuntimeError: Connection closed by peer\n'
)
UNNAMED = 'Traceback (most recent call last):\n  File "a.py", line 3\nValueError: no images\n'


def torchruns(rank: int, status: str) -> str:
    """What torchrun prints at its end where this rank has failed first."""
    error = (
        'Traceback (most recent call last):\n  File "run.py", line 9\ntorch.distributed.elastic.multiprocessing.errors.ChildFailedError: \n'
    )
    failures = "=====\na.py FAILED\n-----\nFailures:\n[1]:\n  rank      : 7 (local_rank: 7)\n  exitcode  : -15 (pid: 72)  (SIGTERM)\n"
    cause = f"Root Cause (first observed failure):\n[0]:\n  rank      : {rank} (local_rank: {rank})\n  exitcode  : {status}\n"
    return f"{error}{failures}{cause}  error_file: <N/A>\n=====\n"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (OF_RANK_1 + OF_RANK_0, "[rank1]: ValueError: no images"),
        (OF_RANK_1 + OF_RANK_0 + torchruns(1, "1 (pid: 71)"), "[rank1]: ValueError: no images"),
        (OF_RANK_0 + OF_RANK_1 + torchruns(1, "1 (pid: 71)"), "[rank1]: ValueError: no images"),
        (OF_RANK_0 + torchruns(1, "-9 (pid: 71) (SIGKILL)"), "rank 1 was ended by SIGKILL"),
        (torchruns(1, "3 (pid: 71)"), "rank 1 ended with exit status 3"),
        (UNNAMED + torchruns(1, "1 (pid: 71)"), "ValueError: no images"),
        (
            UNNAMED + "subprocess.CalledProcessError: Command '['python', 'a.py']' returned non-zero exit status 1.\n",
            "ValueError: no images",
        ),
        (OF_RANK_1 + "loss: 0.5\nloss: 0.4\nloss: 0.3\n" + torchruns(0, "-9 (pid: 71)  (SIGKILL)"), "rank 0 was ended by SIGKILL"),
    ],
)
def test_of_several_ranks_the_error_is_that_of_the_first_that_failed(text: str, error: str) -> None:
    reader = Reader()
    numbers("loss: 0.5\n" + text, reader)
    assert reader.trouble.error == error


def lines_of(*blocks: bytes) -> list[Line]:
    lines = Lines()
    return [line for block in blocks for line in lines.feed(block)] + list(lines.close())


def test_lines_come_out_the_same_however_their_bytes_arrive() -> None:
    data = "é 1\r\nbar 1\rbar 2\n\x1b[31mred\x1b[0m\n\x1b]0;title\x07x\n\xff\n".encode() + b"\xff\xc3\nend"
    whole = lines_of(data)
    assert [line.text for line in whole][:4] == ["é 1", "bar 2", "red", "x"]
    assert lines_of(*(data[index : index + 1] for index in range(len(data)))) == whole
    assert [line.number for line in whole] == list(range(1, len(whole) + 1))


def drawings_of(*blocks: bytes) -> list[str]:
    lines = Lines()
    lines.each_drawing = True
    return [f"{line.text}{' (drawn over)' * line.drawn_over}" for block in blocks for line in lines.feed(block)]


def drawing(lines: Lines) -> list[str]:
    return [line.text for line in lines.drawing()]


def test_each_drawing_of_a_bar_may_be_asked_for_however_its_bytes_arrive() -> None:
    data = b"loading\rbar 1\rbar 1\r\rbar \x1b[1m2\x1b[0m\rbar 3\r     \r\nepoch 1\r\n\rbar 4\rbar 5\n"
    over = [f"{word} (drawn over)" for word in ("loading", "bar 1", "bar 2")]
    whole = drawings_of(data)
    assert whole == [*over, "bar 3", "epoch 1", "bar 4 (drawn over)", "bar 5"]
    assert drawings_of(*(data[index : index + 1] for index in range(len(data)))) == whole


@pytest.mark.parametrize("each", [True, False])
def test_a_line_that_a_bar_has_ended_with_knows_that_it_was_given(each: bool) -> None:
    lines = Lines()
    lines.each_drawing = each
    assert not list(lines.feed(b"\rbar 1"))
    assert drawing(lines) == ["bar 1"]
    assert [line.told for line in lines.feed(b"\nbar 1\n\rbar 2\n")] == [True, False, False]


@pytest.mark.parametrize("start", [b"", b"\x1b[A"])
def test_what_comes_to_an_open_line_costs_no_more_the_longer_it_is(start: bytes) -> None:
    """Dots in place of a bar, say: each was a search through all before it, and 20,000 took eleven seconds of a core."""
    seconds = []
    for each in (False, True):
        lines = Lines()
        lines.each_drawing = each
        began = time.process_time()
        for data in (start, *[b"."] * 10_000):
            assert not list(lines.feed(data))
        seconds.append(time.process_time() - began)
    assert seconds[1] < 5 * seconds[0] + 0.05


LIGHTNING = """\
\r\x1b[2KEpoch 0/5  ━━━━━━ 1/200 0:00:00 • -:--:-- 0.00it/s v_num: 0.000 g_loss: 0.689 d_loss:
                                                                      0.696
\x1b[2K\x1b[1A\x1b[2KEpoch 0/5  ╸━━━━━ 2/200 0:00:00 • 0:00:06 37.77it/s v_num: 0.000 g_loss: 0.692 d_loss:
                                                                      0.688
\x1b[2K\x1b[1A\x1b[2KEpoch 0/5  ╸━━━━━ 3/200 0:00:00 • 0:00:06 34.83it/s v_num: 0.000 g_loss: 0.695 d_loss:
                                                                      0.666""".replace("\n\x1b", "\r\x1b")
"""Its bar of Rich in a terminal that is too narrow for all that stands beside it."""


@pytest.mark.parametrize("each", [True, False])
def test_what_stands_beside_a_bar_of_rich_is_whole_where_the_terminal_broke_it(each: bool) -> None:
    """The loss whose name was the last in its row was never read."""
    lines, reader = Lines(), Reader()
    lines.each_drawing = each
    found = [*lines.feed(LIGHTNING.encode()), *lines.drawing()]
    found += lines.feed(b"\r\x1b[2K\x1b[1A\x1b[2KSaved\n") if each else []
    readings = list(reader.read(found if each else found[-1:]))
    assert dict(readings[-1].numbers) == ({"g_loss": 0.695, "d_loss": 0.666} if each else {"g_loss": 0.692, "d_loss": 0.688})
    assert (readings[-1].progress.step, readings[-1].progress.epochs) == (3 if each else 2, 6)
    assert numbers(LIGHTNING) == {"g_loss": [0.695], "d_loss": [0.666]}


KERAS = "\rbar 1\r     \r10/20 [===>] loss: 0.5" + "\b" * 25 + "11/20 [===>] loss: 0.4\n"
"""A bar that goes back over itself without a carriage return."""


@pytest.mark.parametrize("text", [LIGHTNING, KERAS], ids=["Rich", "Keras"])
def test_what_moves_the_cursor_may_arrive_in_two_parts(text: str) -> None:
    """The rows of Rich's first drawing stood in another order, and the loss that was broken off was lost."""
    data = text.encode()
    assert [drawings_of(data[:cut], data[cut:]) for cut in range(len(data))] == [drawings_of(data)] * len(data)


def test_a_bar_of_rich_that_has_ended_comes_before_what_the_next_one_draws() -> None:
    """Its last number stood behind those of the next epoch, and where nothing was printed for an hour, it was not there."""
    text = "".join(
        f"\r\x1b[2KEpoch {epoch}/2 \u2501\u2501\u2501 {n}/2 0:00:01 loss: 0.{epoch}{n}{chr(10) * (n // 2)}"
        for epoch in (1, 2)
        for n in (1, 2)
    )
    assert [line[-20:] for line in drawings_of(*text.encode().splitlines(keepends=True), b"")] == [
        "s: 0.11 (drawn over)",
        "2 0:00:01 loss: 0.12",
        "s: 0.21 (drawn over)",
        "2 0:00:01 loss: 0.22",
    ]


def test_a_drawing_above_which_the_cursor_goes_is_given_once() -> None:
    lines = Lines()
    lines.each_drawing = True
    list(lines.feed(b"outer 1\n\rinner 1\x1b[A"))
    assert drawing(lines) == ["inner 1"]
    assert [line.text for line in lines.feed(b"\router 1\n\rinner 2\x1b[A")] == ["outer 1"]


def test_a_drawing_that_is_held_comes_when_they_are_no_longer_asked_for_one_by_one() -> None:
    """And not at the end of the output, behind all that came since."""
    lines = Lines()
    lines.each_drawing = True
    found = [line.text for line in lines.feed(LIGHTNING.encode())]
    lines.each_drawing = False
    found += [line.text for line in lines.feed(b"\r\x1b[2K\x1b[1A\x1b[2KSaved\n")]
    assert [text[11:23] for text in found] == ["━━━━━━ 1/200", "╸━━━━━ 2/200", "╸━━━━━ 3/200"]
    assert [line.text for line in lines.close()] == ["Saved"]


def test_bars_that_are_moved_between_are_read_at_their_end() -> None:
    text = "outer 1\n\rinner 1\x1b[A\n\rinner 2\x1b[A\n\rinner 3\n"
    assert drawings_of(text.encode()) == drawings_of(text.encode().replace(b"\r", b""))


def test_memory_is_bounded_whatever_comes() -> None:
    lines, reader = Lines(), Reader()
    for _ in range(40):
        list(reader.read(lines.feed(b"x" * 50_000)))
    assert sum(map(len, drawing(lines))) <= LONGEST
    (line,) = lines.feed(b"\n")
    assert line.cut
    assert len(line.text) <= LONGEST
    list(reader.read(lines.feed(b"".join(b"name%d: 0.5\x1b[A\n" % index for index in range(2000)))))
    assert len(reader.doubtful) <= MOST_WATCHED
    rest = list(lines.close())
    assert len(rest) <= HELD
    rows = LIGHTNING.rpartition("\r")[2] + f"\n{' ' * 70}0.666" * 2000 + "\n"
    assert len(lines_of(rows.encode())) > 1500, "a bar goes on in a few rows below it, not in whatever stands there"
    many = numbers("".join(f'{{"loss": 1, "a{index}": {index}}}\n' for index in range(2 * MOST_NAMES)))
    assert len(many) <= MOST_NAMES


def test_random_output_neither_stops_the_reader_nor_passes_as_numbers() -> None:
    chance = random.Random(1)
    signs = "abcD(x)G(z)0123.:,=[]{}|/%-+ \t'\"\x1b[m\r\x08é█━\x00"
    words = ["loss", "epoch", "step", "1e-5", "nan", "inf", "{'a': ", '{"a": ', "100%|", "tensor(", "Epoch [1/"]
    text = "\n".join("".join(chance.choice([chance.choice(signs), chance.choice(words)]) for _ in range(40)) for _ in range(1000))
    found = report(text.encode() + bytes(chance.randrange(256) for _ in range(5000)))
    json.dumps(found, allow_nan=False)
    assert found["metrics"], "among so many signs there are some that look like it"
    assert all(metric["name"].isprintable() for metric in found["metrics"])


def test_no_escape_sequence_gets_into_a_name_or_an_error() -> None:
    reader = Reader()
    evil = "\x1b]52;c;ZXZpbA==\x07"
    found = report(
        f'{{"loss": 1, "a{json.dumps(evil)[1:-1]}": 2}}\n{evil}acc{evil}: 0.5\nTraceback (most recent call last):\nOSError: {evil}\n',
        reader,
    )
    assert {metric["name"]: metric["values"] for metric in found["metrics"]} == {"loss": [1.0], "acc": [0.5]}
    assert reader.trouble.error.isprintable()


def test_what_is_passed_over_leaves_no_torn_lines() -> None:
    lines = Lines()
    found = list(lines.feed(b"one\ntw"))
    lines.skip(b"o\nthree\nfo")
    found += lines.feed(b"ur\nfive\n")
    assert [(line.number, line.text) for line in found] == [(1, "one"), (5, "five")]
    lines.skip(b"six\n")
    assert [(line.number, line.text) for line in lines.feed(b"seven\n")] == [(7, "seven")]


def test_a_line_that_came_without_its_end_is_no_bar() -> None:
    """A terminal may hand on a line and its end apart: it must not be read twice."""
    for text, now in (
        ("step 4 loss 0.5\r", []),
        ("step 4 loss 0.5", []),
        ("\rbar 1", ["bar 1"]),
        ("bar 1\rbar 2", ["bar 2"]),
        ("bar 1\rbar 2\r", ["bar 2"]),
    ):
        lines = Lines()
        assert not list(lines.feed(text.encode()))
        assert drawing(lines) == now
