# The usual commands: `just` lists them. https://just.systems; each can be typed as it stands here.

_list:
    @just --list

# the tests, three at a time; `just test tests/run -k summary` for some of them
test *words:
    OMP_NUM_THREADS=1 python -m pytest -n 3 --dist worksteal {{ words }}

# which branches the tests go through, as a table; all processes count
coverage *words:
    OMP_NUM_THREADS=1 coverage run -m pytest -n 3 --dist worksteal {{ words }}
    coverage combine --quiet
    coverage report

# style, types and layers
check:
    ruff check .
    ruff format --check .
    mypy
    lint-imports

# correct style where that can be done
fix:
    ruff check --fix .
    ruff format .

# all that a pull request must pass, in a fresh environment
ci:
    .ci/run

# draw the golden screens anew; then read the difference
golden:
    UPDATE_GOLDEN=1 python -m pytest tests/dashboard -k golden
    git diff --stat tests/dashboard/golden

# the tables in docs/ that say what gan_tui/spec declares
docs:
    UPDATE_DOCS=1 python -m pytest tests/spec

# the pictures in README and docs/health.md, of a run
pictures run:
    python docs/make_pictures.py {{ run }} --view overview --view quality
    cd docs && mv overview-120x40-midnight.svg dashboard.svg && mv quality-120x40-midnight.svg quality.svg

# write down the versions that are installed here, for constraints.txt
lock:
    python -m tools.lock

# wheel and sdist, in dist/
build:
    python -m build
