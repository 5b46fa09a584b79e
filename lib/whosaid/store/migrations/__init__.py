"""The schema of the archive, version by version. One head."""
