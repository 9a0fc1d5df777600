"""The version of Python that the platform will install."""
