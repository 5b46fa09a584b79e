"""The page: the archive in a browser on this machine. `app.build_app` makes it, `serving.serve` offers it."""
