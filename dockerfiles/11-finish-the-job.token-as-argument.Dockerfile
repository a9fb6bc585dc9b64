FROM golang:1.19-bullseye

# The token is a build argument.
ARG TOKEN

# Stands for a command that needs the token, such as the download of a private module.
# It prints the token's SHA-256, which proves that the token arrived.
RUN printf '%s' "$TOKEN" | sha256sum
