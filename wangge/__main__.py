"""`python -m wangge` is the command `wangge`."""

from wangge.cli import main

main()
