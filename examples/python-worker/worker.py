#!/usr/bin/env python3
"""A job worker: takes the jobs of one custom action type and runs a command for each (see README.md)."""

import argparse
import json
import os
import signal
import subprocess
import tempfile
import threading
import zipfile
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

NOT_DONE_YET = 75  # EX_TEMPFAIL of sysexits.h
stopping = threading.Event()


def main(options):
    codepipeline = boto3.client("codepipeline", endpoint_url=options.endpoint_url)
    action_type = {"owner": "Custom", **{name: getattr(options, name) for name in ("category", "provider", "version")}}
    query = dict([options.query.split("=", 1)]) if options.query else {}
    while not stopping.is_set():
        jobs = codepipeline.poll_for_jobs(actionTypeId=action_type, queryParam=query, maxBatchSize=1)["jobs"]
        for job in jobs:
            perform(codepipeline, job, options)
        if not jobs:
            stopping.wait(options.pause_seconds)


def perform(codepipeline, job, options):
    """Runs one job from acknowledgement to result. Reports every outcome: otherwise the pipeline waits a day for a result."""
    try:
        codepipeline.acknowledge_job(jobId=job["id"], nonce=job["nonce"])
    except codepipeline.exceptions.InvalidNonceException:
        return  # another worker was faster
    try:
        with tempfile.TemporaryDirectory() as folder:
            put_result, result = work(codepipeline, job["id"], Path(folder), options)
    except Exception as error:
        put_result = codepipeline.put_job_failure_result
        result = {"failureDetails": {"type": "SystemUnavailable", "message": f"The worker failed: {error}"[:5000]}}
    try:
        put_result(jobId=job["id"], **result)
        print(job["id"], put_result.__name__, flush=True)
    except ClientError as error:
        print(job["id"], error, flush=True)  # stopped or timed out meanwhile: nobody wants the result


def work(codepipeline, job_id, folder, options):
    """Fetches, runs, stores. Answers which result to put, and what to say in it."""
    data = codepipeline.get_job_details(jobId=job_id)["jobDetails"]["data"]
    s3 = s3_client(data, options)
    for artifact in data["inputArtifacts"]:
        with tempfile.TemporaryFile() as file:
            s3.download_fileobj(*place_of(artifact), file)
            zipfile.ZipFile(file).extractall(folder / artifact["name"])
    for artifact in data["outputArtifacts"]:
        (folder / artifact["name"]).mkdir(exist_ok=True)
    token, variables = folder / ".token", folder / ".variables"
    environment = {
        "JOB_CONFIGURATION": json.dumps(data["actionConfiguration"].get("configuration", {})),
        "JOB_TOKEN": data.get("continuationToken", ""),
        "JOB_TOKEN_FILE": str(token),
        "JOB_VARIABLES_FILE": str(variables),
    }
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    ended = subprocess.run(options.command, cwd=folder, env={**os.environ, **environment}, **pipes)
    output = ended.stdout.decode(errors="replace").strip()
    details = {"externalExecutionId": job_id, "summary": output[-2048:] or "no output"}
    if ended.returncode == NOT_DONE_YET:
        next_token = token.read_text().strip() if token.exists() else "again"
        return codepipeline.put_job_success_result, {"continuationToken": next_token, "executionDetails": details}
    if ended.returncode != 0:
        message = f"The command ended with {ended.returncode}. {output[-4000:]}"
        return codepipeline.put_job_failure_result, {"failureDetails": {"type": "JobFailed", "message": message}}
    # Credentials last 15 minutes, and the command may have taken longer, so get new ones.
    data = codepipeline.get_job_details(jobId=job_id)["jobDetails"]["data"]
    for artifact in data["outputArtifacts"]:
        store(s3_client(data, options), artifact, folder / artifact["name"], data.get("encryptionKey"))
    lines = variables.read_text().splitlines() if variables.exists() else []
    named = dict(line.split("=", 1) for line in lines if "=" in line)
    return codepipeline.put_job_success_result, {"outputVariables": named, "executionDetails": details}


def store(s3, artifact, folder, key):
    encryption = {"ServerSideEncryption": "aws:kms", **({"SSEKMSKeyId": key["id"]} if key else {})}
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*")):
                archive.write(path, path.relative_to(folder))
        file.seek(0)
        s3.upload_fileobj(file, *place_of(artifact), ExtraArgs=encryption)


def s3_client(data, options):
    names = {"accessKeyId": "access_key_id", "secretAccessKey": "secret_access_key", "sessionToken": "session_token"}
    keys = {f"aws_{name}": data["artifactCredentials"][member] for member, name in names.items()}
    return boto3.client("s3", endpoint_url=options.endpoint_url, config=Config(signature_version="s3v4"), **keys)


def place_of(artifact):
    return artifact["location"]["s3Location"]["bucketName"], artifact["location"]["s3Location"]["objectKey"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint-url", default=os.environ.get("AWS_ENDPOINT_URL"))
    parser.add_argument("--category", default="Test")
    parser.add_argument("--provider", required=True)
    parser.add_argument("--version", default="1")
    parser.add_argument("--query", metavar="PROPERTY=VALUE")
    parser.add_argument("--pause-seconds", type=float, default=5)
    parser.add_argument("command", nargs="+", metavar="COMMAND")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    main(parser.parse_args())
