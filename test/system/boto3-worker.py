"""A job worker written with boto3: polls once, performs one job and prints its data as JSON."""

import json
import sys
import time

import boto3

endpoint = sys.argv[1]
codepipeline = boto3.client("codepipeline", endpoint_url=endpoint)
query = {
    "actionTypeId": {"category": "Test", "owner": "Custom", "provider": "JenkinsProviderName", "version": "1"},
    "queryParam": {"ProjectName": "JenkinsTestProject"},
}
jobs = []
for _ in range(100):
    jobs = codepipeline.poll_for_jobs(**query)["jobs"]
    if jobs:
        break
    time.sleep(0.1)
job = jobs[0]
status = codepipeline.acknowledge_job(jobId=job["id"], nonce=job["nonce"])["status"]
data = codepipeline.get_job_details(jobId=job["id"])["jobDetails"]["data"]
keys = data["artifactCredentials"]
s3 = boto3.client(
    "s3",
    endpoint_url=endpoint,
    aws_access_key_id=keys["accessKeyId"],
    aws_secret_access_key=keys["secretAccessKey"],
    aws_session_token=keys["sessionToken"],
)
place = data["inputArtifacts"][0]["location"]["s3Location"]
source = s3.get_object(Bucket=place["bucketName"], Key=place["objectKey"])["Body"].read().decode()
place = data["outputArtifacts"][0]["location"]["s3Location"]
s3.put_object(Bucket=place["bucketName"], Key=place["objectKey"], Body=b"all green", ServerSideEncryption="aws:kms")
codepipeline.put_job_success_result(jobId=job["id"], outputVariables={"Tests": "7"})
name = data["pipelineContext"]["pipelineName"]
for _ in range(100):
    summaries = codepipeline.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
    if summaries[0]["status"] != "InProgress":
        break
    time.sleep(0.1)
print(json.dumps({"status": status, "source": source, "execution": summaries[0]["status"]}))
