"""What no client means to ask: generated from the OpenAPI document, answered without a fault."""

from __future__ import annotations

import asyncio
import subprocess
import sys


async def test_whatever_the_document_allows_and_forbids_is_answered_as_it_says(house, tmp_path):
    """Schemathesis: no 500, no status, media type or body but those that the document has."""
    await house.file(1, 1)
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{house.base}/ogc/api"]
    command += [
        "--url",
        f"{house.base}/ogc",
        "--header",
        f"Authorization: Bearer {house.key['analyst']}",
    ]
    checks = "not_a_server_error,status_code_conformance,content_type_conformance"
    command += ["--checks", f"{checks},response_schema_conformance"]
    command += ["--include-path-regex", "^/collections/(cells|cases|places)/items", "--no-color"]
    command += ["--phases", "coverage,fuzzing", "--max-examples", "5", "--seed", "5"]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    out, _ = await asyncio.wait_for(process.communicate(), 250)
    assert process.returncode == 0, out.decode()[-3000:]
    assert b"passed" in out
