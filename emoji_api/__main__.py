"""The command line as `python -m emoji_api`."""

from emoji_api.cli.main import main

if __name__ == "__main__":
    main(prog_name="emoji-api")
