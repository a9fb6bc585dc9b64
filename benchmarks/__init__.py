"""How fast the course's helpers are beside the raw tools that do the same, on this machine and now.

    build     our build against `docker build`: unchanged, after a source edit, cold
    context   build contexts of 20,000 files and of 500 MB, and what they cost in memory
    contents  our look into an image against dive and against `docker save`
    trace     the engine's account of a build, decoded
    course    a whole `run` against the engine's work in it (twelve minutes: only where it is named)

`python3 -m helpers bench` runs them; the table says which limits hold.
"""
