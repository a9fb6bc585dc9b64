"""Benchmarks of the course's helpers against the tools that do the same work.

    build     our build compared with `docker build`: unchanged, after a source edit, cold
    context   build contexts of 20,000 files and of 500 MB: time and peak memory
    contents  our scan of an image compared with dive and `docker save`
    trace     decoding the trace of a build
    setup     base images made and imported where no registry answers, on an engine of its own (only if named)
    course    a whole `run` compared with the builds and containers in it (runs only if named)

`python3 -m helpers bench` runs them and prints a table that shows which limits are met.
"""
