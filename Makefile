# hearth: see README.md. Nothing here needs a compiler; everything is set up in .venv once.

# The question is handed over through the environment, never through make or the shell, so that
# apostrophes, quotes and dollar signs in it stay what they are.
unexport Q
export HEARTH_MAKE_Q := $(value Q)
export PYTHON
# Else every process compiles every module anew: a third of what the tests cost.
unexport PYTHONDONTWRITEBYTECODE

RUN := .venv/bin/python -P -m
PYTEST := PYTHONHASHSEED=0 $(RUN) pytest -n auto --hypothesis-seed=20

.PHONY: help ask minds install uninstall test test-all check generate

help:
	@echo 'make ask Q="How do I make flood water safe to drink?"   set up, and answer'
	@echo 'make minds                                              let it find what you mean, too'
	@echo 'make test                                               set up, and run the fast tests'
	@echo 'make test-all                                           the slow ones, too'
	@echo 'make install, make uninstall                            put hearth on your path'
	@echo 'make check                                              types, style, man pages'
	@echo 'make generate                                           what is generated from the code'

ask:
	@if [ -z "$$HEARTH_MAKE_Q" ]; then \
	    echo 'usage: make ask Q="How do I make flood water safe to drink?"' >&2; exit 2; \
	fi
	@.ci/setup run
	@.venv/bin/python -m hearth ask -- "$$HEARTH_MAKE_Q"; code=$$?; \
	    echo >&2; \
	    [ -f .venv/.hearth-minds ] || \
	        echo 'make minds lets it find what you mean, not only your words (150 MB, once).' >&2; \
	    echo 'make install puts "hearth" on your path.' >&2; \
	    case $$code in 3|4) exit 0 ;; *) exit $$code ;; esac # "nothing found" is an answer

minds:
	@.ci/setup run
	@.ci/minds

install:
	@.ci/setup run
	@.ci/install

uninstall:
	@.ci/install --remove

test:
	@.ci/setup dev
	PYTEST_DEBUG_TEMPROOT=$$(.ci/scratch) $(PYTEST) -m 'not slow'

test-all:
	@.ci/setup dev
	$(PYTEST)

check:
	@.ci/setup dev
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	.ci/lint-man

generate:
	@.ci/setup dev
	.venv/bin/python man/generate.py
