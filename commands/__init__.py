"""A verb per file: parse, call one thing, render.

The shape of a verb (its line of help stands in `verbs.py`):

    @click.command()
    @community_option                  # only if one is meant; then ask session.community
    @json_option                       # only if it prints data; then look at session.json
    @click.argument("name")
    @click.pass_obj
    def command(session: Session, name: str) -> int | None:
        \"\"\"Sentence for --help.\"\"\"
        with open_home(session, read_only=True) as home:
            ...
        session.terminal.out(session.terminal.clean(title))
        return Exit.WARNINGS           # or nothing, for 0

Failures are raised (`HearthError`), never printed; notes go to `session.terminal.note`.
`--hearth`, `--plain`, `--color`, `-q`, `-v`, `--debug` and `--passphrase-fd` come by themselves.
"""
