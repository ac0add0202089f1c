// Nothing here is specific to Millrace: the clients are built as for AWS, and the environment names the endpoint.
import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { S3Client } from '@aws-sdk/client-s3';

/** Points every AWS client of this process at a server: its address and the profile in its data folder. */
export function pointEnvironmentAt({ url, region, profileFile }) {
  // AWS variables of the user's shell are meant for another endpoint, and some take precedence over the profile.
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    AWS_SHARED_CREDENTIALS_FILE: profileFile,
    AWS_CONFIG_FILE: `${profileFile}.none`,
    AWS_PROFILE: 'millrace',
    // On Node.js 20 the SDK warns that its versions of 2027 require a newer one, which would clutter the output.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  });
}

/** Creates unmodified SDK clients with the credentials of the environment or of a job. */
export function createClients(credentials) {
  const options = credentials === undefined ? {} : { credentials };
  return { codepipeline: new CodePipelineClient(options), s3: new S3Client(options) };
}
