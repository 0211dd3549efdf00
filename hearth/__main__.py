"""`python -m hearth`: the one place below `commands/` that looks upwards."""

from hearth.commands.main import main

if __name__ == "__main__":
    main()
