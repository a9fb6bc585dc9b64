FROM golang:1.19-bullseye

# Stands for a command that needs the token, such as the download of a private module.
# The token is a file that exists only while this instruction runs.
RUN --mount=type=secret,id=TOKEN,required=true \
    sha256sum < /run/secrets/TOKEN
