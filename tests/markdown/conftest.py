"""Properties here are about what comes out, not how long it takes: the machine may be busy."""

from hypothesis import settings

settings.register_profile("markdown", deadline=None)
settings.load_profile("markdown")
