"""The one error of the local platform."""


class LocalError(Exception):
    """The local platform can't start or go on; the message is for the person at the terminal.

    The first line says what is wrong and what to do. More lines, if any, are the end of a service's log.
    """
