#!/usr/bin/env bash
# A job worker: polls for the jobs of one custom action type and runs a command for each (see README.md).
# Usage: worker.sh CATEGORY PROVIDER VERSION [QUERY] -- COMMAND...
set -uo pipefail

readonly not_done_yet=75 # EX_TEMPFAIL of sysexits.h
action_type="category=$1,owner=Custom,provider=$2,version=$3"
shift 3
query=()
if [[ $1 != -- ]]; then query=(--query-param "$1") && shift; fi
shift

call() {
  aws ${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} "$@"
}

# Prints the result of a query on the job's details as tab-separated text; each call returns new credentials, valid for 15 minutes.
details() {
  call codepipeline get-job-details --job-id "$job_id" --query "jobDetails.data.$1" --output text
}

# Copies every artifact of a kind (input, output) between its location and a file with its name.
transfer() {
  local id secret token kms_key encryption name bucket key ends
  local keys='artifactCredentials.accessKeyId, artifactCredentials.secretAccessKey, artifactCredentials.sessionToken'
  local place='location.s3Location.bucketName, location.s3Location.objectKey'
  {
    read -r id secret token kms_key || return
    encryption=(--sse aws:kms)
    [[ $kms_key == None ]] || encryption+=(--sse-kms-key-id "$kms_key")
    while read -r name bucket key; do
      ends=("s3://$bucket/$key" "input/$name")
      [[ $1 == input ]] || ends=("output/$name" "s3://$bucket/$key" "${encryption[@]}")
      AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret AWS_SESSION_TOKEN=$token \
        call s3 cp --only-show-errors "${ends[@]}" </dev/null || return
    done
  } < <(details "[[$keys, encryptionKey.id], $1Artifacts[].[name, $place]]")
}

# NAME=value lines in the shorthand of the AWS CLI.
shorthand() {
  sed -n 's/\\/\\\\/g; s/"/\\"/g; s/^\([^=]*\)=\(.*\)$/\1="\2"/p' "$1" | paste -sd, -
}

succeed() {
  call codepipeline put-job-success-result --job-id "$job_id" \
    --execution-details "externalExecutionId=$job_id,summary=$1" "${@:2}"
}

fail() {
  call codepipeline put-job-failure-result --job-id "$job_id" --failure-details "type=$1,message=$2"
}

perform() {
  local status variables
  mkdir input output && touch variables token
  transfer input || { fail SystemUnavailable 'The input artifacts could not be fetched'; return; }
  JOB_CONFIGURATION=$(details 'actionConfiguration.configuration | to_string(@)')
  JOB_TOKEN=$(details "continuationToken || ''")
  export JOB_CONFIGURATION JOB_TOKEN JOB_TOKEN_FILE=$PWD/token JOB_VARIABLES_FILE=$PWD/variables
  "$@"
  status=$?
  if ((status == not_done_yet)); then
    succeed 'Not done yet' --continuation-token "$(cat token; [[ -s token ]] || echo again)"
  elif ((status != 0)); then
    fail JobFailed "The command ended with $status"
  elif ! transfer output; then
    fail SystemUnavailable 'The output artifacts could not be stored'
  else
    variables=$(shorthand variables)
    succeed Finished ${variables:+--output-variables "$variables"}
  fi
}

stopping=
trap 'stopping=yes' INT TERM
while [[ -z $stopping ]]; do
  read -r job_id nonce < <(call codepipeline poll-for-jobs --action-type-id "$action_type" "${query[@]}" \
    --max-batch-size 1 --query 'jobs[0].[id, nonce]' --output text)
  if [[ -z ${nonce:-} || $job_id == None ]]; then
    sleep "${PAUSE_SECONDS:-5}"
  elif call codepipeline acknowledge-job --job-id "$job_id" --nonce "$nonce" >/dev/null; then
    folder=$(mktemp -d)
    # Finish a job that has begun: otherwise its pipeline waits a day for a result.
    (trap '' INT TERM && cd "$folder" && perform "$@")
    rm -rf "$folder"
  fi
done
