import { S3Client } from '@aws-sdk/client-s3';
import { type BareEndpoint, openBareEndpoint } from './bare-endpoint.ts';

/** A bare endpoint with an SDK client. */
export interface LiveEndpoint extends BareEndpoint {
  client: S3Client;
}

/** Starts an endpoint and a client in eu-west-1, which never retries. */
export async function openLiveEndpoint(openIndex: Parameters<typeof openBareEndpoint>[0]): Promise<LiveEndpoint> {
  const bare = await openBareEndpoint(openIndex);
  const client = new S3Client({
    endpoint: bare.url,
    region: 'eu-west-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
  });
  return {
    ...bare,
    client,
    async close() {
      client.destroy();
      await bare.close();
    },
  };
}
