"""A partner's job worker written with boto3: performs one job and prints its data as JSON."""

import json
import sys
import time

import boto3

endpoint, token_of = sys.argv[1], json.loads(sys.argv[2])
codepipeline = boto3.client("codepipeline", endpoint_url=endpoint)
type_id = {"category": "Test", "owner": "ThirdParty", "provider": "Acme", "version": "1"}
jobs = []
for _ in range(100):
    jobs = codepipeline.poll_for_third_party_jobs(actionTypeId=type_id)["jobs"]
    if jobs:
        break
    time.sleep(0.1)
proof = {"jobId": jobs[0]["jobId"], "clientToken": token_of[jobs[0]["clientId"]]}
details = codepipeline.get_third_party_job_details(**proof)["jobDetails"]
status = codepipeline.acknowledge_third_party_job(nonce=details["nonce"], **proof)["status"]
codepipeline.put_third_party_job_success_result(continuationToken="half", **proof)
for _ in range(100):
    jobs = codepipeline.poll_for_third_party_jobs(actionTypeId=type_id)["jobs"]
    if jobs:
        break
    time.sleep(0.1)
proof["jobId"] = jobs[0]["jobId"]
data = codepipeline.get_third_party_job_details(**proof)["jobDetails"]["data"]
failure = {"type": "JobFailed", "message": "two tests are red"}
codepipeline.put_third_party_job_failure_result(failureDetails=failure, **proof)
name = data["pipelineContext"]["pipelineName"]
stages = codepipeline.get_pipeline_state(name=name)["stageStates"]
error = stages[1]["actionStates"][0]["latestExecution"]["errorDetails"]
print(json.dumps({"status": status, "token": data["continuationToken"], "error": error["message"]}))
