/** Who the servers of the tests belong to, and how clients sign for them. */
export const account = '123456789012';
export const region = 'us-east-1';
export const rootKey = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

/** Keys a client signs with. */
export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** An SDK client config against a server; no retries, so that every refusal is seen as it is. */
export function clientConfig(url: string, keys: Keys = rootKey) {
  return { endpoint: url, region, credentials: keys, maxAttempts: 1 };
}
