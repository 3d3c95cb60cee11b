#!/usr/bin/python3
"""Generates the Python stubs of grpc/testing/*.proto as a package of their own.

usage: generate_stubs.py PROTOC GRPC_PYTHON_PLUGIN PROTO_FOLDER OUTPUT_FOLDER

Their Python package would be grpc.testing, which the library's package grpc hides. So the modules are moved into
OUTPUT_FOLDER, and their imports of each other with them.
"""

import pathlib
import subprocess
import sys
import tempfile


def main():
    protoc, plugin, protos, output = sys.argv[1:]
    package = pathlib.Path(output)
    package.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([protoc, f"--proto_path={protos}", f"--python_out={folder}",
                        f"--plugin=protoc-gen-grpc_python={plugin}", f"--grpc_python_out={folder}",
                        *(f"grpc/testing/{name}.proto" for name in ("empty", "messages", "test"))], check=True)
        for module in pathlib.Path(folder).glob("grpc/testing/*.py"):
            text = module.read_text(encoding="utf-8").replace("from grpc.testing import", f"from {package.name} import")
            (package / module.name).write_text(text, encoding="utf-8")
    (package / "__init__.py").touch()


if __name__ == "__main__":
    main()
