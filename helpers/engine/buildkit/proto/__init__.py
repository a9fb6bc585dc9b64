"""BuildKit's messages, generated: `python -m grpc_tools.protoc -I . --python_out=. --mypy_out=. <this folder>/*.proto`."""
