"""Property tests look for the same examples every time, and do not race a busy machine."""

from hypothesis import settings

settings.register_profile("whosaid", deadline=None, derandomize=True)
settings.load_profile("whosaid")
