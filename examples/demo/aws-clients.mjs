// Nothing here knows Millrace: the clients are built as for AWS, and the environment tells them where to go.
import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { S3Client } from '@aws-sdk/client-s3';

/** Points every AWS client of this process at a server: its address and the profile it left in its data folder. */
export function pointEnvironmentAt({ url, region, profileFile }) {
  // Whatever the reader's shell says about AWS is about another cloud, and some of it would win over the profile.
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    AWS_SHARED_CREDENTIALS_FILE: profileFile,
    AWS_CONFIG_FILE: `${profileFile}.none`,
    AWS_PROFILE: 'millrace',
    // On Node.js 20 the SDK says that its versions of 2027 will want a newer one: true, and in the way of the story.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  });
}

/** Unmodified SDK clients, with the credentials of the environment or with those of a job. */
export function createClients(credentials) {
  const options = credentials === undefined ? {} : { credentials };
  return { codepipeline: new CodePipelineClient(options), s3: new S3Client(options) };
}
