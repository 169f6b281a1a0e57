"""The three kinds of trouble outside a policy's own mistakes, and what is no trouble but should be known."""


class ServiceError(Exception):
    """Infrastructure failed: a service, a file, a network. ``retryable``: the same call may succeed later.

    ``cost`` is what the failed call was charged all the same, as far as that is known.
    """

    def __init__(self, message: str, *, retryable: bool = False, retry_after: float | None = None, cost: float = 0.0) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.cost = cost
        self.retry_after = retry_after  # seconds the service asked us to wait


class SafetyRefusal(ServiceError):
    """A service declined the content. Asking again is pointless and is not done."""


class UsageError(Exception):
    """Bad input or configuration: names the value and the setting that fixes it. The command line exits with 2."""


class AuthError(UsageError):
    """A service refused our credentials (401, 403): the whole run stops, because every further call would fail alike."""


class Notice(UserWarning):
    """What a user should know and the program can go on without: a warning for programs, one line on the command line."""
